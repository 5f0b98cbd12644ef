// The `wx` of the preview. What is not here throws with its name, so that nothing passes in silence.

import { identity } from "./account.js";
import { USER_DATA_PATH, getFileSystemManager } from "./files.js";
import { position } from "./location.js";
import { media } from "./media.js";
import { network } from "./network.js";
import { permissions } from "./permissions.js";
import { storage } from "./storage.js";
import { system } from "./system.js";

/** Make `wx`; the router brings what concerns pages. */
export function makeWx(router) {
  const known = {
    ...identity,
    ...media,
    ...network,
    ...permissions,
    ...position,
    ...router.calls,
    ...storage,
    ...system,
    env: { USER_DATA_PATH },
    getFileSystemManager,
    canIUse: (schema) => schema.split(".")[0] in known,
  };
  return new Proxy(known, {
    get(target, name) {
      if (name in target || typeof name === "symbol") return target[name];
      throw new Error(`wx.${name} is not in the preview`);
    },
    set(target, name) {
      throw new Error(`wx.${String(name)} cannot be set`);
    },
  });
}
