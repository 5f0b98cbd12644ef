// What I was told, the latest first; what is shown is read.

const identity = require("../../services/identity.js");
const messages = require("../../services/messages.js");
const { chinaTime } = require("../../logic/days.js");
const { may } = require("../../logic/me.js");
const { act, dress } = require("../../logic/page.js");

/** Where a message leads, by its kind; `{id}` is what it is about. */
const PAGES = {
  leave_decided: "/pages/leave/detail?id={id}",
  duties_due: "/pages/duties/list?place={id}",
  office_waits: "/pages/approvals/detail?id={id}",
  finding: "/pages/oversight/case?about=finding&id={id}",
  oversight_waits: "/pages/approvals/oversight?id={id}",
  papers_due: "/pages/leave/detail?id={id}",
  recall: "/pages/oversight/case?about=recall&id={id}",
  return_overdue: "/pages/leave/detail?id={id}",
  roll_call: "/pages/oversight/roll_call?id={id}",
  rotation_decided: "/pages/rotations/detail?id={id}",
  rotation_waits: "/pages/rotations/detail?id={id}",
  stand_in_needed: "/pages/leave/detail?id={id}",
  sheet_waits: "/pages/sheets/list",
  visits_due: "/pages/visits/list",
  warned: "/pages/oversight/mine",
};

/** What is shown to those only who hold a permission; others who are told of it read the message itself. */
const SHOWN_TO = { rotation_decided: "see_rotations", warned: "answer_oversight" };

/** Who is told of what, by a permission that goes with it; the most pressing first. */
const TOLD_OF = {
  roll_call: "answer_oversight",
  office_waits: "decide_leave",
  rotation_waits: "decide_rotation",
  oversight_waits: "judge_findings",
  leave_decided: "request_leave",
  finding: "see_findings",
  rotation_decided: "see_rotations",
  papers_due: "request_leave",
  return_overdue: "confirm_return",
  sheet_waits: "check_sheet",
  stand_in_needed: "name_stand_in",
  visits_due: "visit",
  recall: "see_recalls",
  warned: "see_findings",
  duties_due: "record_duties",
};

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    rows: [],
    isEmpty: false,
    hasMore: false,
    templateIds: [],
    subscribed: "",
  },
  cursor: null,

  onLoad() {
    return act(this, async () => {
      const me = await this.load(null);
      const kinds = Object.keys(TOLD_OF).filter((kind) => may(me, TOLD_OF[kind]));
      this.setData({ templateIds: await messages.templatesOf(kinds) });
    });
  },

  onShow() {
    dress(this);
  },

  async onPullDownRefresh() {
    await act(this, () => this.load(null));
    wx.stopPullDownRefresh();
  },

  onMore() {
    return act(this, () => this.load(this.cursor));
  },

  /** Show a page of messages, and return who I am. */
  async load(cursor) {
    const [{ items, next_cursor }, me] = await Promise.all([messages.list(cursor), identity.me()]);
    this.cursor = next_cursor;
    const rows = [...(cursor ? this.data.rows : []), ...items.map((item) => rowOf(item, me))];
    this.setData({ rows, isEmpty: rows.length === 0, hasMore: Boolean(next_cursor) });
    await messages.read(items.filter(({ read_at }) => !read_at).map(({ id }) => id));
    return me;
  },

  /** WeChat lets a mini-program ask only in the moment of a tap. */
  onSubscribe() {
    return act(this, async () => {
      const allowed = await messages.subscribe(this.data.templateIds);
      this.setData({ subscribed: allowed ? `下一次有消息时，微信会提醒您（${allowed} 类，各一次）` : "没有打开微信提醒" });
    });
  },

  onOpen({ currentTarget }) {
    const { url } = currentTarget.dataset;
    if (url === PAGES.visits_due) wx.switchTab({ url });
    else if (url) wx.navigateTo({ url });
  },
});

function rowOf({ id, kind, subject_id, title, text, sent_at, read_at }, me) {
  const isForOthers = kind in SHOWN_TO && !may(me, SHOWN_TO[kind]);
  return {
    id,
    title,
    text,
    time: chinaTime(sent_at),
    isNew: !read_at,
    url: ((!isForOthers && PAGES[kind]) || "").replace("{id}", subject_id),
  };
}
