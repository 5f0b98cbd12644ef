// The office's words for what the server names in English.

const KINDS = {
  trip: "出差",
  meeting: "会议",
  training: "培训",
  personal: "事假",
  sick: "病假",
  annual: "年休假",
  other: "其他",
};

const OFFICES = { township: "乡镇党委", county_office: "县驻村办", county_group: "县驻村工作领导小组" };

const ROLES = {
  member: "工作队员",
  first_secretary: "第一书记",
  helper: "结对帮扶干部",
  village_secretary: "村党组织书记",
  township_clerk: "乡镇经办",
  township_head: "乡镇党委书记",
  county_office: "县驻村办",
  county_group: "县驻村工作领导小组",
  city_org: "市委组织部",
  city_rural: "市乡村振兴局",
  unit_clerk: "派出单位经办",
  unit_head: "派出单位负责人",
  inspector: "督查人员",
  admin: "系统管理员",
};

const CHANNELS = { phone: "电话", sms: "短信" };

/** What a day counts as: the sheet's symbol, the word, and how it is coloured. */
const DAY_CLASSES = {
  in_village: { symbol: "√", word: "在村", tone: "good" },
  trip: { symbol: "差", word: "出差", tone: "away" },
  meeting: { symbol: "会", word: "会议", tone: "away" },
  training: { symbol: "训", word: "培训", tone: "away" },
  personal: { symbol: "事", word: "事假", tone: "away" },
  sick: { symbol: "病", word: "病假", tone: "away" },
  annual: { symbol: "年", word: "年休假", tone: "away" },
  other: { symbol: "他", word: "其他假", tone: "away" },
  rest: { symbol: "休", word: "休息", tone: "quiet" },
  pending: { symbol: "待", word: "待确认", tone: "warn" },
  unexplained: { symbol: "缺", word: "未说明", tone: "bad" },
  unexcused: { symbol: "脱", word: "经认定无故脱岗", tone: "bad" },
  open: { symbol: "", word: "尚未登记", tone: "plain" },
};

/** What the township enters on the phone; that a day was unexcused (脱) is decided at a desk, with the inspection at hand. */
const ENTERED = ["in_village", "trip", "meeting", "training", "personal", "sick", "annual", "other", "rest"];

const HALVES = { whole: "全天", morning: "上午", afternoon: "下午" };

const VERDICTS = { inside: "村内", unsure: "存疑", outside: "村外" };

const BANDS = {
  inside: "在村内",
  edge: "在村边",
  under_1km: "离村不到1公里",
  "1_5km": "离村1至5公里",
  over_5km: "离村5公里以上",
};

/** The colour of a leave's state; its words come from the server. */
const LEAVE_TONES = {
  submitted: "warn",
  oral: "warn",
  approved: "good",
  rejected: "bad",
  overdue_return: "bad",
  withdrawn: "quiet",
  returned: "quiet",
  extended: "quiet",
  not_taken: "quiet",
};

const SHEET_TONES = { open: "warn", submitted: "warn", checked: "warn", amended: "warn", stamped: "good" };

/** 监测类别 of a household. */
const CATEGORIES = {
  unstable: "脱贫不稳定户",
  marginal: "边缘易致贫户",
  sudden: "突发严重困难户",
  former_poor: "脱贫户",
  other: "其他",
};

const RISKS = {
  illness: "因病",
  disability: "因残",
  schooling: "因学",
  disaster: "因灾",
  accident: "因意外",
  farming: "因产业",
  employment: "因就业",
  labour: "缺劳力",
  other: "其他",
};

const HOUSEHOLD_STATES = {
  monitored: "风险未消除",
  cleared_stable: "稳定消除",
  cleared_natural: "自然消除",
  back: "回退",
  closed: "注销",
  moved: "迁出",
  away: "举家外出",
  home: "返家",
};

const WAYS = { at_home: "入户", phone: "电话", video: "视频" };

/** 一收入、两不愁、三保障、饮水. */
const CHECKLIST = {
  income: "收入",
  food: "吃",
  clothing: "穿",
  schooling: "义务教育",
  medical: "基本医疗",
  housing: "住房安全",
  water: "饮水安全",
};

const FINDINGS = { secured: "有保障", problem: "有问题", not_applicable: "不适用" };

/** What Article 12 has the helper learn about. */
const TOPICS = {
  employment: "劳动力就业",
  farming: "产业发展",
  schooling: "子女教育",
  medical: "看病就医",
  daily_life: "吃穿住",
  other: "其他",
};

/** Where a pairing stands in a quarter, and how it is coloured. */
const DUTIES = {
  done: { word: "已走访", tone: "good" },
  due: { word: "待走访", tone: "warn" },
  grace: { word: "宽限", tone: "quiet" },
  exempt: { word: "豁免", tone: "quiet" },
  away: { word: "外出", tone: "quiet" },
  overdue: { word: "逾期未走访", tone: "bad" },
};

const ENTRIES = { on_time: "", late: "补录", too_late: "逾期补录，待乡镇认可" };

const PROBLEM_STATES = { open: { word: "未办结", tone: "warn" }, settled: { word: "已办结", tone: "good" } };

const STEPS = { assign: "指派", note: "进展", settle: "办结" };

const PHOTO_STATES = {
  waiting: "正在处理",
  kept: "",
  refused: "未被接受",
  deleted: "已删除",
  expired: "已到保存期限",
};

const INSPECTION_LEVELS = { township: "乡镇", county: "县级", city: "市级" };

/** What an inspection may find. */
const FINDING_KINDS = {
  absent: "无故不在岗",
  not_living_there: "没有在村住宿",
  works_elsewhere: "没有与原单位工作脱钩",
  neglects_work: "履职不力",
  other: "其他情况",
};

const FINDING_STATES = {
  found: { word: "待本人说明", tone: "warn" },
  answered: { word: "已说明，待认定", tone: "warn" },
  confirmed: { word: "已认定", tone: "bad" },
  lifted: { word: "已撤销", tone: "good" },
};

/** Whether somebody must be in the village at the hour of an inspection. */
const EXPECTATIONS = {
  must_be_there: { word: "应在村", tone: "good" },
  asked_for_leave: { word: "应在村，请假未批", tone: "warn" },
  away: { word: "请假或公出", tone: "away" },
  not_on_duty: { word: "休息", tone: "quiet" },
};

/** What an answer to a roll-call shows. */
const OUTCOMES = {
  in_village: { word: "在村内", tone: "good" },
  outside: { word: "位置在村外", tone: "warn" },
  waits_for_inspector: { word: "待督查人员核实", tone: "warn" },
};

const RECALL_STATES = {
  proposed: { word: "乡镇党委提出，待县审定", tone: "warn" },
  decided: { word: "县已审定，待督促派出单位", tone: "bad" },
  urged: { word: "已督促派出单位召回", tone: "bad" },
  recalled: { word: "已召回", tone: "bad" },
  replaced: { word: "已召回，接替人员已到任", tone: "bad" },
  not_upheld: { word: "不予召回", tone: "good" },
};

/** The two halves of a round trip (交通补助). */
const TRIP_WAYS = { out: "往程", back: "返程" };

/** Why somebody leaves a post (Article 18). */
const GROUNDS = {
  term_over: "任期已满",
  reassigned: "岗位调整",
  health: "身体健康状况",
  other: "其他特殊原因",
  death: "去世",
  arrest: "被采取强制措施",
};

/** Who has to agree to a rotation, in this order. */
const ROTATION_OFFICES = {
  township: "乡镇党委",
  county_group: "县驻村工作领导小组",
  city_org: "市委组织部",
  city_rural: "市乡村振兴局",
};

/** The colour of a rotation's state; its words come from the server. */
const ROTATION_TONES = {
  applied: "warn",
  township_ok: "warn",
  county_ok: "warn",
  city_ok: "good",
  effective: "good",
  rejected: "bad",
  withdrawn: "quiet",
};

const GRADES = {
  section_chief: "正科级",
  deputy_section_chief: "副科级",
  reserve: "科级后备干部",
  middle_management: "中层以上管理人员",
  other: "其他",
};

/** What waits for an office. */
const INBOX_KINDS = {
  leave: "请假待审批",
  rotation: "轮换待审核",
  finding: "督查记录待认定",
  proposal: "处理建议待决定",
  recall: "召回待办理",
};

/** What offices and units owe again and again. */
const DUTY_NAMES = {
  county_meeting: "召开第一书记和队长会议",
  county_dispatch: "调度在岗及工作情况",
  unit_head_report: "主要领导听取汇报",
  unit_head_visit: "主要领导到村调研",
  unit_deputy_visit: "分管领导到村指导",
  team_fund: "拨付驻村工作经费",
  county_training: "参加县级以上培训",
};

/** How a period of a recurring duty stands. */
const DUTY_STANDINGS = {
  done: { word: "已登记", tone: "good" },
  due: { word: "待办", tone: "warn" },
  missing: { word: "过期未登记", tone: "bad" },
  not_owed: { word: "不要求", tone: "quiet" },
};

/** What Article 21 attaches to being found absent without cause. */
const LADDER_STEPS = { notice: "全市通报", recall: "召回" };

/** A number of days as people write it: 3, 3.5. */
function count(days) {
  return String(Number(days));
}

/** A village with the township it lies in, since many villages share a name. */
function villageText(village, township) {
  return `${township ? township.name : ""}${village.name}`;
}

module.exports = {
  BANDS,
  CATEGORIES,
  CHANNELS,
  CHECKLIST,
  DAY_CLASSES,
  DUTIES,
  DUTY_NAMES,
  DUTY_STANDINGS,
  ENTERED,
  ENTRIES,
  EXPECTATIONS,
  FINDINGS,
  FINDING_KINDS,
  FINDING_STATES,
  GRADES,
  GROUNDS,
  HALVES,
  HOUSEHOLD_STATES,
  INBOX_KINDS,
  INSPECTION_LEVELS,
  KINDS,
  LADDER_STEPS,
  LEAVE_TONES,
  OFFICES,
  OUTCOMES,
  PHOTO_STATES,
  PROBLEM_STATES,
  RECALL_STATES,
  RISKS,
  ROLES,
  ROTATION_OFFICES,
  ROTATION_TONES,
  SHEET_TONES,
  STEPS,
  TOPICS,
  TRIP_WAYS,
  VERDICTS,
  WAYS,
  count,
  villageText,
};
