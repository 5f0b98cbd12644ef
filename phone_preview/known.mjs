// What the preview knows of WXML: tags with their attributes and events. What is not here stops the build with its
// name, so that nothing a real phone would do is passed over in silence.

const SHARED_ATTRIBUTES = ["id", "class", "style", "hidden", "slot", "hover-class"];
const SHARED_EVENTS = [
  "tap", "touchstart", "touchmove", "touchend", "touchcancel", "transitionend", "animationstart", "animationend",
];
const FIELD = ["name", "value", "disabled", "focus", "placeholder", "maxlength"];
const KEYBOARD = ["adjust-position", "cursor-spacing", "confirm-type", "confirm-hold", "hold-keyboard", "always-embed"];

/** Tag → what it takes besides what every tag takes. `words` are the values an attribute is limited to. */
export const TAGS = {
  "page-meta": {
    attributes: ["page-font-size", "root-font-size", "page-style", "background-color", "root-background-color"],
  },
  view: {},
  text: { attributes: ["user-select", "selectable"] },
  label: { attributes: ["for"] },
  button: {
    attributes: ["type", "size", "plain", "disabled", "loading", "form-type", "open-type", "lang"],
    events: ["getphonenumber", "opensetting", "agreeprivacyauthorization"],
    words: {
      "form-type": ["submit", "reset"],
      "open-type": ["getPhoneNumber", "openSetting", "agreePrivacyAuthorization"],
      size: ["default", "mini"],
      type: ["default", "primary", "warn"],
    },
  },
  input: {
    attributes: [...FIELD, ...KEYBOARD, "type", "password"],
    events: ["input", "focus", "blur", "confirm"],
    words: { type: ["text", "number", "digit", "idcard"] },
  },
  textarea: {
    attributes: [...FIELD, ...KEYBOARD, "auto-height", "show-confirm-bar", "disable-default-padding"],
    events: ["input", "focus", "blur", "confirm"],
  },
  picker: {
    attributes: ["name", "mode", "disabled", "value", "range", "range-key", "start", "end", "fields", "header-text"],
    events: ["change", "cancel", "columnchange"],
    words: { mode: ["selector", "multiSelector", "date", "time"], fields: ["year", "month", "day"] },
  },
  switch: { attributes: ["name", "checked", "disabled", "type", "color"], events: ["change"] },
  "checkbox-group": { attributes: ["name"], events: ["change"] },
  checkbox: { attributes: ["value", "checked", "disabled", "color"] },
  "radio-group": { attributes: ["name"], events: ["change"] },
  radio: { attributes: ["value", "checked", "disabled", "color"] },
  form: { attributes: ["report-submit"], events: ["submit", "reset"] },
  "scroll-view": {
    attributes: [
      "scroll-x", "scroll-y", "scroll-top", "scroll-left", "scroll-into-view", "scroll-with-animation",
      "lower-threshold", "upper-threshold", "enhanced", "show-scrollbar", "bounces",
    ],
    events: ["scroll", "scrolltolower", "scrolltoupper"],
  },
  image: {
    attributes: ["src", "mode", "lazy-load", "show-menu-by-longpress", "webp"],
    events: ["load", "error"],
    words: { mode: ["scaleToFill", "aspectFit", "aspectFill", "widthFix", "heightFix", "center"] },
  },
  navigator: {
    attributes: ["url", "open-type", "delta"],
    words: { "open-type": ["navigate", "redirect", "switchTab", "reLaunch", "navigateBack"] },
  },
  icon: {
    attributes: ["type", "size", "color"],
    words: {
      type: ["success", "success_no_circle", "info", "warn", "waiting", "cancel", "download", "search", "clear"],
    },
  },
  progress: {
    attributes: [
      "percent", "show-info", "stroke-width", "color", "activeColor", "active-color", "backgroundColor",
      "background-color",
    ],
  },
};

/** Tags of the template language itself. */
const LANGUAGE = ["block", "template", "import", "include", "slot", "wxs"];

const PREFIXES = /^(wx:|data-|aria-|mark:|model:|generic:|worklet:)/;
const EVENT = /^(?:capture-bind|capture-catch|mut-bind|bind|catch):?(\w+)$/;
const TAG = /<([a-zA-Z][\w-]*)((?:\s+[^\s=>/"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)\s*\/?>/g;
const ATTRIBUTE = /([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/g;

/** List what of a WXML source the preview does not know; `components` are the tags that the page brings along. */
export function unknownIn(source, components) {
  const markup = source.replace(/<!--[\s\S]*?-->/g, "").replace(/(<wxs\b[^>]*>)[\s\S]*?<\/wxs>/g, "$1");
  return [...markup.matchAll(TAG)].flatMap(([, tag, attributes]) => {
    if (LANGUAGE.includes(tag) || components.includes(tag)) return [];
    if (!TAGS[tag]) return [`<${tag}> is not in the preview`];
    return [...attributes.matchAll(ATTRIBUTE)].flatMap(([, name, double, single]) =>
      isKnown(tag, name, double ?? single ?? "") ? [] : [`<${tag} ${name}="${double ?? single ?? ""}"> is not in the preview`],
    );
  });
}

function isKnown(tag, name, value) {
  const { attributes = [], events = [], words = {} } = TAGS[tag];
  if (PREFIXES.test(name)) return true;
  const event = EVENT.exec(name);
  if (event) return SHARED_EVENTS.includes(event[1]) || events.includes(event[1]);
  if (![...SHARED_ATTRIBUTES, ...attributes].includes(name)) return false;
  return !words[name] || value.includes("{{") || words[name].includes(value);
}
