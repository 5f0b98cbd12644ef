// Prints what the mini-program relies on: the calls its services declare, the answers the tests give, its words.

const { ANSWERS } = require("./answers.js");
const { declaredCalls } = require("./declared.js");
const words = require("../../miniprogram_stub/logic/words.js");

const names = Object.fromEntries(
  Object.entries(words)
    .filter(([, table]) => typeof table === "object")
    .map(([name, table]) => [name, Object.keys(table)]),
);
console.log(JSON.stringify({ calls: declaredCalls(), answers: ANSWERS, words: names, entered: words.ENTERED }));
