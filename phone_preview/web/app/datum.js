// WGS-84 to GCJ-02, as Chinese phones give positions for Chinese maps.

const AXIS_M = 6378245.0;
const ECCENTRICITY_SQUARED = 0.00669342162296594323;
const { sin, cos, sqrt, abs, PI } = Math;

/** Where a WGS-84 point lies on a GCJ-02 map; both {latitude_deg, longitude_deg}, inside China. */
export function toGcj02({ latitude_deg, longitude_deg }) {
  const x = longitude_deg - 105;
  const y = latitude_deg - 35;
  const ripple = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  const waves = (v, parts) => parts.reduce((sum, [height, length]) => sum + height * sin((PI * v) / length), 0);
  const northWaves = waves(y, [[20, 1], [40, 3], [160, 12], [320, 30]]);
  const eastWaves = waves(x, [[20, 1], [40, 3], [150, 12], [300, 30]]);
  const root = 0.1 * sqrt(abs(x));
  const north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 2 * root + ((ripple + northWaves) * 2) / 3;
  const east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + root + ((ripple + eastWaves) * 2) / 3;
  const phi = (latitude_deg * PI) / 180;
  const flattening = 1 - ECCENTRICITY_SQUARED * sin(phi) ** 2;
  const parallelRadius_m = (AXIS_M / sqrt(flattening)) * cos(phi);
  const meridianRadius_m = (AXIS_M * (1 - ECCENTRICITY_SQUARED)) / (flattening * sqrt(flattening));
  return {
    latitude_deg: latitude_deg + (north_m / meridianRadius_m) * (180 / PI),
    longitude_deg: longitude_deg + (east_m / parallelRadius_m) * (180 / PI),
  };
}

const METRES_PER_DEGREE_NORTH = 110800;

/** A point so many metres away. */
export function moved({ latitude_deg, longitude_deg }, { east_m = 0, north_m = 0 }) {
  const metresPerDegreeEast = 111320 * cos((latitude_deg * PI) / 180);
  return {
    latitude_deg: latitude_deg + north_m / METRES_PER_DEGREE_NORTH,
    longitude_deg: longitude_deg + east_m / metresPerDegreeEast,
  };
}
