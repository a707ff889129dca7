/**
 * A model file is a safetensors file, so any reader of those finds
 *
 *     "dense_1/kernel"                      every weight and state, without padding
 *     "optimizer/momentum/dense_1/kernel"   for every weight what the optimizer keeps, by the name of its slot
 *
 * and under `wasmgrad` in its metadata a JSON text with everything else:
 *
 *     { version, name, seed, trainable?,                          the last only when it is false
 *       inputs:  [{ shape, dtype, name?, batchSize? }],
 *       layers:  [{ kind, options, isNamedByModel,         what layers[kind](options) takes
 *                   graph?,                                  inputs, layers, nodes, outputs, losses? of a model within
 *                   graphs?, weights?,                       of a layer of functions over nodes: what they left
 *                   addedLosses? }],                         what functions given to addLoss left
 *       nodes:   [{ layer, inputs }],                      uses of layers; inputs count first, then these
 *       outputs: [number],
 *       tokenizer?: { name, characters | merges },         what turns text into ids
 *       pipeline?: { schema, steps, … },                   how raw rows become numbers, see pipeline/pipeline.ts
 *       losses?: [number],                                 nodes that are added to the loss
 *       training?: { optimizer, loss, lossWeights, metrics, engine, math,  what compile takes
 *                    step, epoch, learningRate?,                         updates and epochs done, rate that a callback has set
 *                    pastSteps? } }                                      updates before the last compile, when there were any
 */
export const METADATA_NAME = "wasmgrad";

/** Rises when a file can mean something that older versions would read wrongly. */
export const FILE_VERSION = 1;

/** Stands as the name of a learning rate that is a function of the user's. */
export const CUSTOM_RATE = "custom";
