// One finding or one recall: what it says, what has happened, and what the person has to say to it.

const drafts = require("../../services/drafts.js");
const identity = require("../../services/identity.js");
const oversight = require("../../services/oversight.js");
const pictures = require("../../services/pictures.js");
const { findingCase, recallCase } = require("../../logic/oversight.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const ABOUT = {
  finding: { read: oversight.finding, answer: oversight.answerFinding, shown: findingCase },
  recall: { read: oversight.recall, answer: oversight.answerRecall, shown: recallCase },
};
const ONCE = "说明只能提交一次，提交后不能再改。确定提交吗？";

Page({
  data: { type: "", busy: false, message: "", shown: null, photos: [], text: "", done: "" },
  about: "",
  id: "",

  onLoad({ about = "finding", id }) {
    this.about = about;
    this.id = id;
    this.setData({ text: drafts.recall(this.draftName()) || "" });
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [found, me] = await Promise.all([ABOUT[this.about].read(this.id), identity.me()]);
    this.show(found, me.person.id);
    await this.fetchPhotos();
  },

  show(found, myId) {
    const { photos, ...shown } = ABOUT[this.about].shown(found, myId, new Date());
    this.setData({ shown, photos });
  },

  async fetchPhotos() {
    for (const { id } of this.data.photos.filter(({ isKept }) => isKept)) {
      const file = await pictures.get(id, "thumbnail").catch(() => "");
      this.setData({ photos: this.data.photos.map((photo) => (photo.id === id ? { ...photo, file } : photo)) });
    }
  },

  onPhoto({ currentTarget }) {
    return act(this, async () => wx.previewImage({ urls: [await pictures.get(currentTarget.dataset.id, "full")] }));
  },

  draftName() {
    return `${this.about}-${this.id}`;
  },

  onText({ detail }) {
    this.setData({ text: detail.value });
    drafts.keep(this.draftName(), detail.value);
  },

  async onSubmit() {
    const text = this.data.text.trim();
    if (!text) return this.setData({ message: "请写下您的说明" });
    if (!(await confirmed("提交说明", ONCE, "提交"))) return undefined;
    return act(this, async () => {
      await ABOUT[this.about].answer(this.id, text);
      drafts.forget(this.draftName());
      this.setData({ text: "", done: "说明已送到" });
      await this.load();
    });
  },
});
