// Opens the mini-program in this document.

import { CurrentWindowBackendContext } from "glass-easel";
import { MiniProgramEnv } from "glass-easel-miniprogram-adapter";
import { clearFiles, openFiles } from "./files.js";
import { account, openScene } from "./device.js";
import { defineElements, listenForTouches } from "./elements.js";
import { watchNetwork } from "./network.js";
import { forgetPermissions } from "./permissions.js";
import { errors, report } from "./report.js";
import { Router, catchErrors } from "./router.js";
import { Scripts } from "./scripts.js";
import { state } from "./state.js";
import { clearStorage } from "./storage.js";
import { makeWx } from "./wx.js";

const FINGER_EVENTS = /^(touch|transition|animation)/;

/** The browser's DOM as the framework's screen; only what a page may hear of it passes. */
class Screen extends CurrentWindowBackendContext {
  setListenerStats(element, type, capture, level) {
    if (FINGER_EVENTS.test(type)) super.setListenerStats(element, type, capture, level);
  }

  setModelBindingStat(element, name, listener) {
    element.modelListeners = { ...element.modelListeners, [name]: listener };
  }
}

async function open() {
  state.base = document.documentElement.dataset.build;
  state.manifest = await (await fetch(`${state.base}manifest.json`)).json();
  await openScene();
  await openFiles();
  const sources = await readSources();
  const environment = new MiniProgramEnv();
  const backend = environment.associateBackend(new Screen());
  const space = environment.createCodeSpace("", true);
  space.getComponentSpace().updateComponentOptions({ writeFieldsToNode: false, useMethodCallerListeners: true });
  catchErrors(report);
  defineElements(space.getComponentSpace());
  listenForTouches(backend._$);
  const scripts = new Scripts({ space, sources });
  state.router = new Router({ backend, space, scripts });
  state.wx = makeWx(state.router);
  scripts.equip({ wx: state.wx, getCurrentPages: () => state.router.stack.map(({ page }) => page) });
  state.serverAddress = scripts.require("config.js").API_URL;
  watchNetwork();
  watchWindow();
  globalThis.preview = { wx: state.wx, errors, router: state.router, forget };
  document.title = account().person;
  state.router.launch(scripts.openApp(), new URLSearchParams(location.search).get("page"));
}

async function readSources() {
  const read = async (file) => [file, await (await fetch(`${state.base}source/${file}`)).text()];
  return new Map(await Promise.all(state.manifest.scripts.map(read)));
}

function watchWindow() {
  addEventListener("resize", () => state.router.measure());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) state.router.hideApp();
    else state.router.showApp();
  });
}

/** Make the account's phone as good as new. */
async function forget() {
  clearStorage();
  forgetPermissions();
  await clearFiles();
}

open().catch(report);
