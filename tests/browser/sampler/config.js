module.exports = { API_URL: "https://sampler.example/api/v1" };
