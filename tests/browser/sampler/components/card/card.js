Component({
  properties: { title: String },
  data: { taps: 0 },
  pageLifetimes: {
    show() {
      getApp().lives.push("card show");
    },
  },
  methods: {
    onTap() {
      this.setData({ taps: this.data.taps + 1 });
      this.triggerEvent("count", { taps: this.data.taps });
    },
  },
});
