// The worker of the page.
import type { Port } from "./messages";
import { listen } from "./trainer";

listen(self as unknown as Port);
