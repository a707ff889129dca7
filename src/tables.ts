/** What is made of tables: pipelines from rows to numbers, and models for them. */
export { type TableModelOptions, tableModel } from "./model/tableModel";
export {
  type Answer,
  type ColumnRules,
  type DateFeature,
  type EmbeddedColumn,
  type Encoding,
  type FillRule,
  type Pipeline,
  type PipelineOptions,
  type PipelineTensors,
  pipeline,
  type RawRow,
  type RawRows,
  type ResultFor,
  type ScaleRule,
  type Target,
  type TargetAnswer,
} from "./pipeline/index";
