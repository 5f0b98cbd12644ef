// How calls of `wx` end: the words of WeChat, callbacks or a promise.

import { report } from "./report.js";

/** An expected "no": becomes `errMsg: "name:fail reason"` with whatever codes it carries. */
export class Failure extends Error {
  constructor(reason, codes = {}) {
    super(reason);
    this.codes = codes;
  }
}

/** Make an asynchronous call of `wx` out of `work(options)`, which returns its result or throws a Failure. */
export function asynchronous(name, work) {
  return (options = {}) => {
    const outcome = settle(name, work, options);
    const { success, fail, complete } = options ?? {};
    if (!success && !fail && !complete) {
      return outcome.then(({ isDone, answer }) => (isDone ? answer : Promise.reject(answer)));
    }
    outcome.then(({ isDone, answer }) => {
      call(isDone ? success : fail, answer);
      call(complete, answer);
    });
    return undefined;
  };
}

/** Make one that never returns a promise but a task, like wx.request; `work(options, task)` fills the task. */
export function task(name, work) {
  return (options = {}) => {
    const made = { abort() {}, onProgressUpdate() {}, offProgressUpdate() {}, onHeadersReceived() {}, offHeadersReceived() {} };
    settle(name, (given) => work(given, made), options).then(({ isDone, answer }) => {
      call(isDone ? options.success : options.fail, answer);
      call(options.complete, answer);
    });
    return made;
  };
}

/** Make a synchronous call, whose failures are thrown in WeChat's words. */
export function synchronous(name, work) {
  return (...given) => {
    try {
      return work(...given);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Error(`${name}:fail ${error.message}`);
    }
  };
}

async function settle(name, work, options) {
  await null; // never before the caller's next line
  try {
    const result = await work(options);
    return { isDone: true, answer: { ...result, errMsg: `${name}:ok` } };
  } catch (error) {
    if (!(error instanceof Failure)) report(error);
    return { isDone: false, answer: { ...error.codes, errMsg: `${name}:fail ${error.message}` } };
  }
}

/** A callback's own errors are the mini-program's, not the call's. */
function call(callback, answer) {
  if (!callback) return;
  try {
    callback(answer);
  } catch (error) {
    report(error);
  }
}
