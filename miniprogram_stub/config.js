// Where the server is; the only line to change when the mini-program is set up.
module.exports = { API_URL: "https://zhucun.example/api/v1" };
