// What the parts of the preview share once the mini-program is open.

export const state = {
  manifest: null, // app.json, the pages' settings, names of scripts
  base: "", // where the compiled folder lies
  router: null,
};

/** The name the mini-program shows. */
export function appName() {
  return state.manifest.app.window?.navigationBarTitleText ?? "小程序";
}
