import { isReadWhole, type NodeList } from "../graph/emitNodes";
import { idLimitOf } from "../graph/ids";
import type { InputPort } from "./inputs";

/** The inputs of a model as those who read them see them. */
export function inputPorts(model: NodeList): InputPort[] {
  return model.inputs.map((node) => ({
    shape: node.shape,
    isWhole: isReadWhole(model, node),
    ids: idLimitOf(model, node),
  }));
}
