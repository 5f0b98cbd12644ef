Page({ onShow() { getApp().lives.push("other show"); } });
