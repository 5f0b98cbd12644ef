// Hands a folder to WeChat's own compilers of templates and styles, which throw at what they do not take.

const { wxmlToJs, wxssToJs } = require("miniprogram-compiler");

const [folder] = process.argv.slice(2);
wxmlToJs(folder);
wxssToJs(folder);
