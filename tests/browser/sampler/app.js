App({
  lives: [],
  onLaunch({ path }) {
    this.lives.push(`launch ${path}`);
  },
  onShow() {
    this.lives.push("show");
  },
  onHide() {
    this.lives.push("hide");
  },
});
