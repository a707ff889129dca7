// What pages read images from, and files of NumPy where the browser inflates them.
const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Waits for an event, not for ever. */
function once(target, type) {
  return new Promise((resolve, reject) => {
    target.addEventListener(type, resolve, { once: true });
    setTimeout(() => reject(new Error(`no event ${type}`)), 60_000);
  });
}

/** A canvas of four colours, of which each covers a quarter. */
function painted(canvas) {
  const context = canvas.getContext("2d");
  for (const [i, colour] of ["#ff0000", "#00ff00", "#0000ff", "#663399"].entries()) {
    context.fillStyle = colour;
    context.fillRect((i % 2) * 8, Math.floor(i / 2) * 8, 8, 8);
  }
  return canvas;
}

export async function readImages({ data }) {
  const references = await (await fetch("/images.json")).json();
  const file = (kind, name) => bytesOf(references[kind][name].file);
  const read = async (source, options) => {
    const { shape, data: values } = await data.image(source, options);
    return { shape, values: [...values] };
  };
  const failure = (work) =>
    work.then(
      () => "none",
      (error) => `${error.name}: ${error.message}`,
    );

  const html = painted(Object.assign(document.createElement("canvas"), { width: 16, height: 16 }));
  const offscreen = painted(new OffscreenCanvas(16, 16));
  const picture = new Image();
  picture.src = html.toDataURL("image/png");
  picture.width = 3; // Its size on the page, which does not count.
  const video = Object.assign(document.createElement("video"), { muted: true });
  const early = await failure(data.image(video));
  video.srcObject = html.captureStream(30);
  const painting = setInterval(() => painted(html), 20);
  await Promise.all([once(video, "loadeddata"), video.play()]);
  const fromVideo = await read(video);
  clearInterval(painting);

  const options = { size: [2, 2], interpolation: "area" };
  const sources = {
    canvas: html,
    offscreen,
    imageData: html.getContext("2d").getImageData(0, 0, 16, 16),
    bitmap: await createImageBitmap(html),
    picture,
  };
  const drawn = {};
  for (const [name, source] of Object.entries(sources)) drawn[name] = await read(source, options);
  if (typeof VideoFrame === "function") drawn.frame = await read(new VideoFrame(html, { timestamp: 0 }), options);

  const files = [
    new File([file("png", "rgb")], "b.png"),
    new File([file("png", "grey of 2 bits")], "a.png"),
    new File(["x"], "notes.txt"),
  ];
  const folder = await data.imageFolder(files, { labels: ["cat", "dog", "cat"], size: [3, 4] });
  const { x, y } = await folder.toTensors();
  const broken = new File([file("png", "rgb").subarray(0, 80)], "broken.png");
  const closed = await createImageBitmap(html);
  closed.close();

  const npz = await data.toNpz({ a: { data: Float32Array.of(1, 2, 3), shape: [3] } }, { compressed: true });
  return {
    png: await read(new Blob([file("png", "rgb")])),
    palette: await read(file("png", "palette of 8 bits").slice(), { background: 0 }).then(({ shape }) => shape),
    turned: await read(new Blob([file("jpeg", "orientation 6")])),
    drawn,
    video: { shape: fromVideo.shape, corners: [fromVideo.values.slice(0, 3), fromVideo.values.slice(-3)] },
    folder: {
      classNames: folder.classNames,
      files: folder.files,
      skipped: folder.skipped,
      x: [...x.data],
      y: [...y.data],
    },
    failures: [
      early,
      await failure(data.imageFolder([broken], { labels: ["cat"] })),
      await failure(data.imageFolder("photos")),
      await failure(data.image(closed)),
      await failure(data.image(new Blob(["<!doctype html>"]))),
    ],
    npz: [...(await data.npz(npz)).a.data],
  };
}
