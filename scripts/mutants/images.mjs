// Mistakes in convolutions, pooling and what changes the size of images.
const trajectories = "tests/model/trajectories.test.ts";
const layers = "tests/layers/convolution.test.ts";
const ops = "tests/ops/ops.test.ts";
const pooling = "tests/layers/pooling.test.ts";
const threads = "tests/engine/threads.test.ts";
const plan = "tests/model/memoryPlan.test.ts";

export const images = [
  {
    name: "convolution: the larger half of odd padding comes first",
    edits: [
      [
        "src/layers/convolution/window.ts",
        "Math.max(0, (count - 1) * stride + span - size) >> 1",
        "(Math.max(0, (count - 1) * stride + span - size) + 1) >> 1",
      ],
    ],
    tests: [trajectories],
    named: "same",
  },
  {
    name: "convolution: causal padding forgets the dilation",
    edits: [
      [
        "src/layers/convolution/window.ts",
        'if (padding === "causal") return { count, before: span - 1 };',
        'if (padding === "causal") return { count, before: Math.min(2, span - 1) };',
      ],
    ],
    tests: [trajectories],
    named: "causal",
  },
  {
    name: "convolution: a window more than fits",
    edits: [
      [
        "src/layers/convolution/window.ts",
        "Math.max(0, Math.floor((before + size + behind - span) / stride) + 1)",
        "Math.max(0, Math.ceil((before + size + behind - span) / stride) + 1)",
      ],
    ],
    tests: [layers],
    named: "shapes are those of Keras",
  },
  {
    name: "convolution: every group begins with the first channel, in TypeScript",
    edits: [
      [
        "src/ops/convolution.ts",
        "const input = source < 0 ? 0 : heap[image + source * channels + k];",
        "const input = source < 0 ? 0 : heap[image + source * channels + (k % groupChannels)];",
      ],
    ],
    tests: [trajectories],
    named: "js.*groups",
  },
  {
    name: "convolution: strides down and across exchanged, in TypeScript",
    edits: [["src/ops/convolution.ts", "% outHeight) * c.strideY - c.padTop", "% outHeight) * c.strideX - c.padTop"]],
    tests: [trajectories],
    named: "js.*strides",
  },
  {
    name: "convolution: the image's gradient is not cleared before patches are added",
    edits: [["assembly/convolution/convolution.ts", "if (!add) fillImages(", "if (false) fillImages("]],
    tests: [trajectories],
    named: "conv2d",
  },
  {
    name: "convolution: the kernel's gradient of the last block alone",
    edits: [
      [
        "assembly/convolution/convolution.ts",
        "const adds = first > 0 || (!isLong && add);",
        "const adds = !isLong && add;",
      ],
    ],
    tests: [ops],
    named: "^conv2d",
  },
  {
    name: "convolution: every block of patches has its own bias, the others none",
    edits: [
      [
        "assembly/convolution/convolution.ts",
        "const start = bias ? bias + column : 0;",
        "const start = bias && !first ? bias + column : 0;",
      ],
    ],
    tests: [ops],
    named: "^conv2d ",
  },
  {
    name: "convolution: patches begin where the image does, not the padding",
    edits: [
      ["assembly/convolution/patches.ts", "r.kernelWidth) * r.dilationX - r.padLeft", "r.kernelWidth) * r.dilationX"],
    ],
    tests: [ops],
    named: "^conv2d",
  },
  {
    name: "1×1 convolution: sums over a block of pixels begin anew in the middle of it",
    edits: [["assembly/convolution/pointwise.ts", "const start = i ? workspace : 0;", "const start: usize = 0;"]],
    tests: [ops],
    named: "^conv2d ",
  },
  {
    name: "1×1 convolution: the last of an odd number of pixels is left out",
    edits: [["assembly/convolution/pointwise.ts", "if (evenEnd == end) return;", "return;"]],
    tests: [ops],
    named: "^conv2d ",
  },
  {
    name: "convolution of few taps: the tap left over has no gradient",
    edits: [["assembly/convolution/direct.ts", "if (tap == to) continue;", "continue;"]],
    tests: [ops],
    named: "^conv2d ",
  },
  {
    name: "transposed convolution: a bias of every pixel's first channel",
    edits: [
      [
        "assembly/convolution/convolution.ts",
        "memory.copy(row, bias, rowBytes);",
        "memory.fill(row, 0, rowBytes), memory.copy(row, bias, 4);",
      ],
    ],
    tests: [trajectories],
    named: "conv2dTranspose",
  },
  {
    name: "transposed convolution: valid padding cuts the overlap off",
    edits: [["src/layers/convolution/convTranspose.ts", "return full + (", "return size * stride + ("]],
    tests: [layers],
    named: "shapes are those of Keras",
  },
  {
    name: "depthwise convolution: lanes take the channel of the first filter",
    edits: [
      [
        "assembly/ops/depthwiseConv2d.ts",
        "if (count > 1) v = v128.load32_lane(pixel + (<usize>((filter + 1) / multiplier) << 2), v, 1);",
        "if (count > 1) v = v128.load32_lane(pixel + (<usize>(filter / multiplier) << 2), v, 1);",
      ],
    ],
    tests: [trajectories],
    named: "wasm.*multiplier",
  },
  {
    name: "depthwise convolution of 3×3: windows at the right edge are left out",
    edits: [["assembly/convolution/depthwise3x3.ts", "let open = count - whole;", "let open = count - whole - 1;"]],
    tests: [ops],
    named: "^depthwiseConv2d ",
  },
  {
    name: "depthwise convolution: no gradient of the bias",
    edits: [
      [
        "assembly/ops/depthwiseConv2d.ts",
        "if (r.db) sumColumns(r.batch * r.outHeight * r.outWidth, filters, r.dy, r.db, r.addDb);",
        "",
      ],
    ],
    tests: [trajectories],
    named: "depthwise",
  },
  {
    name: "threads: nobody takes the last part that others left",
    edits: [
      [
        "assembly/executor/threads.ts",
        "if (taken >= PARTS_OF_A_REST * threadCount)",
        "if (taken >= PARTS_OF_A_REST * threadCount - 1)",
      ],
    ],
    tests: [threads],
    named: "has the same bits",
  },
  {
    name: "threads: parts that were taken before a meeting are missing behind it",
    edits: [["assembly/executor/threads.ts", "if (threadIndex == 0) resetParts(barrier, parity);", ""]],
    tests: [threads],
  },
  {
    name: "Winograd's filtering: threads put down sums that others have not finished",
    edits: [["assembly/convolution/winograd/winograd.ts", "    synchronize();\n    const target", "    const target"]],
    tests: [threads],
    named: "has the same bits",
  },
  {
    name: "max pooling: padding counts as 0",
    edits: [["assembly/ops/maxPooling2d.ts", "f32x4.splat(-Infinity)", "f32x4.splat(0)"]],
    tests: [trajectories],
    named: "maxPooling",
  },
  {
    name: "max pooling: all the largest get the gradient",
    edits: [["assembly/loops/maxPooling.ts", "gradient = v128.andnot(gradient, wins);", ""]],
    tests: [pooling],
  },
  {
    name: "max pooling: in windows of 2×2 the third of equal ones gets the gradient, too",
    edits: [
      [
        "assembly/loops/maxPooling.ts",
        "const after1 = v128.andnot(after0, wins1);",
        "const after1 = v128.andnot(gradient, wins1);",
      ],
    ],
    tests: [pooling],
  },
  {
    name: "average pooling: padding counts",
    edits: [
      [
        "assembly/ops/averagePooling2d.ts",
        "storeSome(y, f32x4.div(sum, f32x4.splat(<f32>(rows * columns))), part);",
        "storeSome(y, f32x4.div(sum, f32x4.splat(9)), part);",
      ],
    ],
    tests: [trajectories],
    named: "averagePooling2d, same",
  },
  {
    name: "pooling: overlapping windows replace each other's gradients",
    edits: [
      ["assembly/ops/averagePooling2d.ts", "putPart(at, gradient, part, adds);", "putPart(at, gradient, part, false);"],
    ],
    tests: [trajectories],
    named: "averagePooling2d, same, overlapping",
  },
  {
    name: "pooling: windows stand as wide apart down as across",
    edits: [
      ["assembly/loops/pooling.ts", "% r.outHeight) * r.strideY - r.padTop", "% r.outHeight) * r.strideX - r.padTop"],
    ],
    tests: [trajectories],
    named: "strides larger than the window",
  },
  {
    name: "zero padding: left of the image stands what stood there",
    edits: [["assembly/ops/zeroPadding2d.ts", "memory.fill(y, 0, before);", ""]],
    tests: [ops],
    named: "^zeroPadding2d",
  },
  {
    name: "nearest upsampling: the gradient of the first row of a block alone",
    edits: [
      [
        "assembly/ops/upSampling2d.ts",
        "for (let k = 0; k < sizeY; k++) {\n    let at = dy",
        "for (let k = 0; k < 1; k++) {\n    let at = dy",
      ],
    ],
    tests: [trajectories],
    named: "upSampling2d, nearest",
  },
  {
    name: "bilinear upsampling: corners instead of centers are aligned",
    edits: [
      ["assembly/ops/upSamplingBilinear2d.ts", "(<f32>index + 0.5) / <f32>factor - 0.5;", "<f32>index / <f32>factor;"],
    ],
    tests: [trajectories],
    named: "upSampling2d, bilinear",
  },
  {
    name: "memory plan: scratch memory of forward rows alone",
    edits: [
      [
        "src/compiler/plan.ts",
        "if (this.differentiation.operations.has(operation)) spans.push(",
        "if (this.differentiation.operations.size === 0) spans.push(",
      ],
    ],
    tests: [plan],
    named: "conv, pool",
  },
  {
    name: "memory plan: scratch memory of an operation keeps its place from forward to backward",
    edits: [
      [
        "src/compiler/plan.ts",
        "spans.push({ first: backward, last: backward });",
        "spans.push({ first: position, last: backward });",
      ],
    ],
    tests: [plan],
    named: "784-128-10",
  },
  {
    name: "memory(): scratch memory of one thread for all",
    edits: [["src/runtime/memoryMap.ts", "workspace: workspaceBytes * threads,", "workspace: workspaceBytes,"]],
    tests: [plan],
    named: "memory",
  },
  {
    name: "memory(): patches of the whole batch at once",
    edits: [["src/ops/convolution.ts", "const BLOCK_ELEMENTS = 65_536;", "const BLOCK_ELEMENTS = 65_536_000;"]],
    tests: [plan],
    named: "scratch memory",
  },
];
