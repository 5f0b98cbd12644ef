// Compiles a mini-program's folder for the preview: `node compile.mjs FOLDER OUTPUT`.
//
// OUTPUT gets the folder unchanged (source/), its templates as functions (templates.js), its styles as one sheet of
// ordinary CSS (style.css), what the loader must know (manifest.json), and the framework (lib/).

import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import postcss from "postcss";
import selectorParser from "postcss-selector-parser";
import { TAGS, unknownIn } from "./known.mjs";

const require = createRequire(import.meta.url);
const { TmplGroup } = require("glass-easel-template-compiler");

const RPX_PER_SCREEN = 750;
const LIBRARIES = ["glass-easel/dist/glass_easel.all.es.js", "glass-easel-miniprogram-adapter/dist/glass_easel_miniprogram_adapter.es.js"];
const WXS_GLOBALS = `
var getRegExp = (pattern, flags) => new RegExp(pattern, flags);
var getDate = (...parts) => new Date(...parts);
`;

class Compiler {
  constructor(folder) {
    this.folder = folder;
    this.files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)).split(path.sep).join("/"))
      .sort();
    this.app = this.json("app.json");
    this.problems = [];
  }

  text(file) {
    return readFileSync(path.join(this.folder, file), "utf8");
  }

  json(file) {
    return this.files?.includes(file) === false ? {} : JSON.parse(this.text(file));
  }

  named(suffix) {
    return this.files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  }

  manifest() {
    const configs = {};
    for (const name of this.named(".wxml")) {
      const config = this.json(`${name}.json`);
      configs[name] = { ...config, usingComponents: this.components(name, config) };
    }
    return { app: this.app, configs, scopes: this.scopes(configs), scripts: this.files.filter((file) => file.endsWith(".js")) };
  }

  /** Tag → path from the root of the folder, for one page or component. */
  components(name, config) {
    const own = Object.entries(config.usingComponents ?? {}).map(([tag, target]) => [tag, absolute(target, name)]);
    const everywhere = Object.entries(this.app.usingComponents ?? {}).map(([tag, target]) => [tag, absolute(target, "app")]);
    return Object.fromEntries([...everywhere, ...own]);
  }

  /** A component's classes carry its own prefix, so that no style leaks in or out. */
  scopes(configs) {
    const components = Object.keys(configs).filter((name) => configs[name].component);
    return Object.fromEntries(components.map((name, number) => [name, `c${number}`]));
  }

  templates(manifest) {
    const group = new TmplGroup();
    for (const name of this.named(".wxml")) {
      const source = this.text(`${name}.wxml`);
      const components = Object.keys(manifest.configs[name].usingComponents);
      this.problems.push(...unknownIn(source, components).map((what) => `${name}.wxml: ${what}`));
      for (const found of group.addTmpl(name, source) ?? []) {
        this.problems.push(`${name}.wxml:${found.startLine + 1}: ${found.message}`);
      }
    }
    for (const name of this.named(".wxs")) group.addScript(name, withoutSuffix(this.text(`${name}.wxs`)));
    group.setExtraRuntimeScript(WXS_GLOBALS);
    return `export const templates = ${group.getTmplGenObjectGroups()};\n`;
  }

  styles({ scopes }) {
    return ["app", ...this.named(".wxml")]
      .filter((name) => this.files.includes(`${name}.wxss`))
      .map((name) => this.style(name, scopes[name]))
      .join("\n");
  }

  style(name, prefix) {
    const root = this.sheet(`${name}.wxss`);
    const home = name === "app" ? "wx-page" : `wx-page[data-route="${name}"]`;
    const translate = selectorParser((selectors) => (prefix ? scopeToComponent(selectors, prefix) : scopeToPage(selectors, home)));
    root.walkRules((rule) => {
      if (!isKeyframe(rule)) rule.selector = translate.processSync(rule.selector);
    });
    root.walkDecls((declaration) => {
      declaration.value = inBrowserUnits(declaration.value);
    });
    return `/* ${name} */\n${root}`;
  }

  /** A sheet with what it imports in its place. */
  sheet(file) {
    const root = postcss.parse(this.text(file), { from: file });
    root.walkAtRules("import", (rule) => {
      const target = absolute(rule.params.replace(/^url\(|\)$/g, "").replace(/["']/g, ""), file);
      rule.replaceWith(this.sheet(target).nodes);
    });
    return root;
  }
}

function absolute(target, from) {
  return (target.startsWith("/") ? target : path.posix.join("/", path.posix.dirname(from), target)).slice(1);
}

/** The template compiler knows WXS modules by their names without `.wxs`. */
function withoutSuffix(script) {
  return script.replace(/(require\(\s*["'][^"']+)\.wxs(["']\s*\))/g, "$1$2");
}

function isKeyframe(rule) {
  return rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes");
}

/** Built-in tags are custom elements here: `view` is `<wx-view>`. */
function renameTags(selectors) {
  selectors.walkTags((tag) => {
    if (tag.value === "page" || TAGS[tag.value]) tag.value = `wx-${tag.value}`;
  });
}

/** A page's styles reach that page alone; `:where` keeps their weight what it is on a phone. */
function scopeToPage(selectors, home) {
  selectors.each((selector) => {
    const page = selector.nodes.find((node) => node.type === "tag" && node.value === "page");
    if (page) page.replaceWith(selectorParser.tag({ value: `wx-page:where(${home})` }));
    else selector.prepend(selectorParser.tag({ value: `:where(${home}) ` }));
  });
  renameTags(selectors);
}

function scopeToComponent(selectors, prefix) {
  selectors.walkClasses((node) => {
    node.value = `${prefix}--${node.value}`;
  });
  renameTags(selectors);
}

/** `rpx` is a 750th of the screen's width, `vh` a hundredth of the page between the bars. */
function inBrowserUnits(value) {
  return value
    .replace(/(-?[\d.]+)rpx\b/g, (_, number) => `${(Number(number) * 100) / RPX_PER_SCREEN}vw`)
    .replace(/(-?[\d.]+)vh\b/g, (_, number) => `calc(${number} * var(--page-vh))`);
}

function main([folder, output]) {
  const compiler = new Compiler(folder);
  const manifest = compiler.manifest();
  const products = {
    "manifest.json": JSON.stringify(manifest),
    "templates.js": compiler.templates(manifest),
    "style.css": compiler.styles(manifest),
  };
  if (compiler.problems.length) {
    console.error(compiler.problems.join("\n"));
    process.exit(1);
  }
  mkdirSync(path.join(output, "lib"), { recursive: true });
  cpSync(folder, path.join(output, "source"), { recursive: true });
  for (const [name, text] of Object.entries(products)) writeFileSync(path.join(output, name), text);
  for (const library of LIBRARIES) {
    cpSync(path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "node_modules", library), path.join(output, "lib", path.basename(library)));
  }
}

main(process.argv.slice(2));
