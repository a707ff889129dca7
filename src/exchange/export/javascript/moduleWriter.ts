import { storageOf, type Value } from "../../../graph/graph";
import { cellActivationNames } from "../../../ops/recurrent/cellNames";
import { refuse } from "../inexpressible";
import type { ModelParts } from "../modelParts";
import type { OpenGraph, OpenOperation } from "../openGraph";
import type { OpenCount } from "../openSize";
import { binary, instructions, unary } from "./elementwise";
import { kernels } from "./kernels";

/** Counts that only the fast kernels of wasmgrad look at. */
const PASSED_OVER = new Set([
  "blockPixels",
  "blockTiles",
  "blockRows",
  "seed",
  "stream",
  "streams",
  "xCount",
  "isWhole",
  "yCount",
]);

/** A size as an expression of n, the samples, and t, the length of sequences. */
export function sizeText({ power, terms }: OpenCount): string {
  const [rest, slope, square] = terms;
  const factors = new Array<string>(power).fill("n");
  const parts = [
    ...(square ? [`${square} * t * t`] : []),
    ...(slope ? [slope === 1 ? "t" : `${slope} * t`] : []),
    ...(rest || (!slope && !square) ? [String(rest)] : []),
  ];
  const sum = parts.join(" + ");
  if (sum === "1" && factors.length) return factors.join(" * ");
  return [...factors, parts.length > 1 && factors.length ? `(${sum})` : sum].join(" * ");
}

/** Writes the statements that compute a graph, and keeps what they need: functions, weights and constants. */
export class ModuleWriter {
  readonly lines: string[] = [];
  readonly functions = new Set<string>();
  /** Numbers of weights and constants, in the order in which they stand in the text. */
  readonly numbers: Float32Array[] = [];
  readonly declarations: string[] = [];
  #count = 0;
  readonly #names = new Map<number, string>();
  readonly #weights = new Map<string, string>();

  constructor(
    private readonly open: OpenGraph,
    private readonly parts: ModelParts,
  ) {}

  define(value: Value, name: string): void {
    this.#names.set(value.id, name);
  }

  /** The variable of a value; a view is the array that it shows. */
  nameOf(value: Value): string {
    const known = this.#names.get(value.id);
    if (known !== undefined) return known;
    const name = value.viewOf ? this.nameOf(value.viewOf) : this.#brought(value);
    this.define(value, name);
    return name;
  }

  #brought(value: Value): string {
    const { region } = storageOf(value).place ?? {};
    const tensor = this.parts.tensors.get(value.owner);
    if (tensor && (region === "weights" || region === "state")) return this.#numbers(value.owner, tensor.data);
    const constant = this.open.constantOf(value);
    if (!constant) refuse(value.owner, "has a value that nothing makes");
    const { data, isCounting } = constant;
    if (data instanceof Float32Array) return this.#numbers(`${value.owner} ${value.id}`, data, value.owner);
    const name = `c${this.declarations.length}`;
    if (isCounting) this.lines.push(`const ${name} = Int32Array.from({ length: ${this.#size(value)} }, (_, i) => i);`);
    else this.declarations.push(`const ${name} = Int32Array.of(${data});`);
    return name;
  }

  #numbers(key: string, data: Float32Array, owner = key): string {
    const known = this.#weights.get(key);
    if (known !== undefined) return known;
    const name = `w${this.numbers.length}`;
    this.numbers.push(data);
    this.#weights.set(key, name);
    this.declarations.push(`const ${name} = take(${data.length}); // ${owner.replace(/[\r\n\u2028\u2029]/g, " ")}`);
    return name;
  }

  #size(value: Value): string {
    const sizes = this.open.sizesOf(value);
    const fixed = sizes.reduce((product, size) => product * (size.fixed ?? 1), 1);
    const others = sizes
      .filter(({ fixed: own }) => own === undefined)
      .map((size) => {
        const text = sizeText(size);
        return text.includes("+") ? `(${text})` : text;
      });
    return [...others, ...(fixed !== 1 || others.length === 0 ? [String(fixed)] : [])].join(" * ");
  }

  #use(name: string): void {
    if (this.functions.has(name)) return;
    for (const other of kernels[name].needs ?? []) this.#use(other);
    this.functions.add(name);
  }

  #useWithin(expression: string): string {
    for (const name of ["erf", "roundToEven"]) if (expression.includes(`${name}(`)) this.#use(name);
    return expression;
  }

  /** Declares the array of a result. */
  #allocate(value: Value): string {
    const name = `v${this.#count++}`;
    this.define(value, name);
    this.lines.push(`const ${name} = new ${value.isWhole ? "Int32Array" : "Float32Array"}(${this.#size(value)});`);
    return name;
  }

  /** Adds the statements of an operation. */
  write(operation: OpenOperation): void {
    const { name } = operation;
    if (name === "formula") this.#writeFormula(operation);
    else if (Object.hasOwn(unary, name)) this.#writeEach(operation, this.#withNumbers(operation, unary[name]), ["x"]);
    else if (Object.hasOwn(binary, name)) this.#writeEach(operation, binary[name], ["a", "b"]);
    else this.#writeCall(operation);
  }

  /** The call of a function, behind the arrays of its results. */
  #writeCall(operation: OpenOperation): void {
    const { name, owner } = operation;
    if (!Object.hasOwn(kernels, name)) refuse(owner, `has the operation ${name}, which is not written in JavaScript`);
    const isCarried = Object.values(operation.values).some(
      (value) => operation.results.some((result) => operation.values[result] === value) && storageOf(value).place,
    );
    if (isCarried) refuse(owner, "is stateful: a function keeps nothing from call to call");
    this.#use(name);
    const results = operation.results.map((field) => [field, this.#allocate(operation.values[field])] as const);
    const made = new Set(operation.results);
    const inputs = Object.entries(operation.values).flatMap(([field, value]) =>
      made.has(field) || field === "moments" || field === "statistics" ? [] : [[field, this.nameOf(value)] as const],
    );
    const values = [...inputs, ...results].map(([field, variable]) => `${field}: ${variable}`);
    this.lines.push(`${name}({ ${values.join(", ")} }, { ${this.#countsOf(operation).join(", ")} });`);
  }

  #countsOf(operation: OpenOperation): string[] {
    const { name } = operation;
    if (["lstm", "gru", "simpleRnn"].includes(name)) return this.#countsOfRecurrent(operation);
    const counts = operation.countNames.filter((count) => !PASSED_OVER.has(count));
    const texts = counts.map((count) => `${count}: ${sizeText(operation.open(count))}`);
    if (name === "sumAxis" && operation.always(({ counts: { length }, numbers }) => numbers.scale === 1 / length)) {
      return [...texts, `scale: 1 / (${sizeText(operation.open("length"))})`];
    }
    const numbers = operation.numberNames.filter((number) => name !== "attention" || number !== "rate");
    return [...texts, ...numbers.map((number) => `${number}: ${operation.number(number)}`)];
  }

  #countsOfRecurrent(operation: OpenOperation): string[] {
    const passedOver = ["activation", "recurrentActivation", ...PASSED_OVER];
    const counts = operation.countNames.filter((count) => !passedOver.includes(count));
    const cell = (count: string, option: string) => {
      const index = operation.fixed((row) => row[count]);
      const activation = cellActivationNames[index];
      const expression = activation === "linear" ? "a" : unary[activation];
      const number = String(operation.number(option));
      return `(a) => ${this.#useWithin(expression.replace(/\b(negativeSlope|alpha|slope)\b/g, number))}`;
    };
    return [
      ...counts.map((count) => `${count}: ${sizeText(operation.open(count))}`),
      `inner: ${cell("activation", "option")}`,
      ...(operation.countNames.includes("recurrentActivation")
        ? [`recurrent: ${cell("recurrentActivation", "recurrentOption")}`]
        : []),
    ];
  }

  #withNumbers(operation: OpenOperation, expression: string): string {
    return operation.numberNames.reduce(
      (text, number) => text.replaceAll(new RegExp(`\\b${number}\\b`, "g"), `(${operation.number(number)})`),
      expression,
    );
  }

  /** A loop over the numbers of operands, of which the first is a, the second b. */
  #writeEach({ values }: OpenOperation, expression: string, fields: readonly string[]): void {
    const operands = fields.map((field, i) => `const ${"ab"[i]} = ${this.nameOf(values[field])}[i];`);
    const result = this.#allocate(values.y);
    const body = `${operands.join(" ")} ${result}[i] = ${this.#useWithin(expression)};`;
    this.lines.push(`for (let i = 0; i < ${result}.length; i++) { ${body} }`);
  }

  #writeFormula({ values, formula, owner }: OpenOperation): void {
    const { operands, steps } = formula!.steps;
    const names = Array.from({ length: operands }, (_, i) => this.nameOf(values[`x${i}`]));
    const terms = names.map((_, i) => `x${i}`);
    const statements = names.map((name, i) => `const x${i} = ${name}[i];`);
    steps.forEach((step, i) => {
      if ("constant" in step) {
        terms.push(
          Number.isFinite(step.constant)
            ? `(${Object.is(step.constant, -0) ? "-0" : step.constant})`
            : `(${step.constant})`,
        );
        return;
      }
      const expression = instructions[step.name];
      if (!expression) refuse(owner, `has the operation ${step.name}`);
      const own = step.terms.map((term) => terms[term]);
      const text = expression.replace(/\b[abc]\b/g, (letter) => own["abc".indexOf(letter)]);
      statements.push(`const s${i} = ${this.#useWithin(text)};`);
      terms.push(`s${i}`);
    });
    const result = this.#allocate(values.y);
    statements.push(`${result}[i] = ${terms[terms.length - 1]};`);
    this.lines.push(`for (let i = 0; i < ${result}.length; i++) { ${statements.join(" ")} }`);
  }
}
