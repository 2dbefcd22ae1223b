/** Where an app is asked to listen unless its card says otherwise: demos hard-code it, as they do for Hugging Face. */
export const defaultPort = 7860
