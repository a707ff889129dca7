import type { Model } from "../../model/model";
import type { ReportWriter } from "../report";
import type { Json } from "./config";

/** What a file says of training. */
export function compileAs(_model: Model, _config: Json, _report: ReportWriter): void {}
