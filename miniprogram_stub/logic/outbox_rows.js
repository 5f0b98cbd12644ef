// What lies in the outbox, as lists show it.

const { chinaDay, chinaTime, dayText } = require("./days.js");
const { spanText } = require("./span.js");
const { DAY_CLASSES, DUTY_NAMES, KINDS, STEPS, TRIP_WAYS, WAYS } = require("./words.js");

const NAMES = {
  checkin: ({ fix }) => (fix ? "位置登记" : "本人声明"),
  leave: (body) => `${KINDS[body.kind]} ${spanText(body)}`,
  extension: ({ last_day, last_half }) => `续假到${dayText(last_day)}${last_half === "morning" ? "上午" : ""}`,
  visit: ({ way, occurred_at }) => `${WAYS[way]}走访 ${dayText(chinaDay(occurred_at))}`,
  correction: ({ withdrawn }) => (withdrawn ? "撤销走访" : "更正走访"),
  step: ({ kind }) => `走访问题${STEPS[kind]}`,
  entry: ({ day, day_class }) => `乡镇登记 ${dayText(day)} ${DAY_CLASSES[day_class].word}`,
  roll_call: ({ fix }) => (fix ? "点名应答" : "点名应答（不用位置）"),
  trip: ({ day, way }) => `行程 ${dayText(day)} ${TRIP_WAYS[way]}`,
  feedback: () => "意见反馈",
  rotation: ({ successor }) => `轮换申请，接替人选${successor.name}`,
  duty: ({ duty, day }) => `${DUTY_NAMES[duty]} ${dayText(day)}`,
  photo: () => "照片",
};
const MENDED_AT = { leave: "/pages/leave/new", rotation: "/pages/rotations/new", visit: "/pages/visits/new" };

/** The items of these kinds; photos that wait for nothing but the network are one line. */
function rowsOf(items, kinds = Object.keys(NAMES)) {
  const shown = items.filter(({ kind }) => kinds.includes(kind));
  const quiet = shown.filter(({ kind, state, reason }) => kind === "photo" && state === "waiting" && !reason);
  const rows = shown.filter((item) => !quiet.includes(item)).map(rowOf);
  return quiet.length ? [...rows, { ...rowOf(quiet[0]), name: `照片 ${quiet.length} 张` }] : rows;
}

/** An item with its time, its name, its state, and what can be done about it. */
function rowOf({ client_key, kind, body, made_at, state, reason }) {
  const isWaiting = state === "waiting";
  return {
    client_key,
    reason,
    time: chinaTime(made_at),
    name: NAMES[kind](body),
    stateText: isWaiting ? "等待发送" : "未被接受",
    discardText: isWaiting ? "不再发送" : "知道了",
    canMend: kind in MENDED_AT && !isWaiting,
  };
}

/** What a form says of what it has handed over: the server has it, or why it still lies on the phone. */
function handedOver({ item, answer }, doneText) {
  if (answer) return doneText;
  return item.reason ? `还没有被接受：${item.reason}。可在首页查看` : "已存在手机上，有网络时自动发出";
}

/** The page on which a refused item is mended. */
function mendUrlOf({ client_key, kind }) {
  return `${MENDED_AT[kind]}?mends=${client_key}`;
}

module.exports = { handedOver, mendUrlOf, rowsOf };
