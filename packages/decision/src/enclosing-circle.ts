/** Points this much farther out than the radius, relatively, are still within: rounding. */
const TOLERANCE = 1e-9;

interface Circle {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** The smallest circle around points that come one by one (Welzl 1991, in the order of coming). */
export class EnclosingCircle {
  private readonly xs: number[] = [];
  private readonly ys: number[] = [];
  private circle: Circle = { x: 0, y: 0, radius: 0 };

  /**
   * Takes the point in, unless the circle would then be larger than `most`; the first is always taken.
   *
   * @returns whether it was taken in
   */
  takes(x: number, y: number, most: number): boolean {
    const { xs, ys } = this;
    const next = xs.length === 0 ? { x, y, radius: 0 } : contains(this.circle, x, y) ? this.circle : this.through(x, y);
    if (next.radius > most * (1 + TOLERANCE)) return false;
    this.circle = next;
    xs.push(x);
    ys.push(y);
    return true;
  }

  /** The smallest circle around all points so far that has this one on its rim. */
  private through(x: number, y: number): Circle {
    const { xs, ys } = this;
    let circle: Circle = { x, y, radius: 0 };
    for (let i = 0; i < xs.length; i++) {
      if (contains(circle, xs[i], ys[i])) continue;
      circle = onDiameter(x, y, xs[i], ys[i]);
      for (let j = 0; j < i; j++) {
        if (!contains(circle, xs[j], ys[j])) circle = circumscribed(x, y, xs[i], ys[i], xs[j], ys[j]);
      }
    }
    return circle;
  }
}

function contains({ x, y, radius }: Circle, px: number, py: number): boolean {
  return Math.hypot(px - x, py - y) <= radius * (1 + TOLERANCE);
}

function onDiameter(ax: number, ay: number, bx: number, by: number): Circle {
  return { x: (ax + bx) / 2, y: (ay + by) / 2, radius: Math.hypot(ax - bx, ay - by) / 2 };
}

/** Through three points; where they are in line, around the two that are farthest apart. */
function circumscribed(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): Circle {
  const ux = bx - ax;
  const uy = by - ay;
  const vx = cx - ax;
  const vy = cy - ay;
  const cross = 2 * (ux * vy - uy * vx);
  const u = ux * ux + uy * uy;
  const v = vx * vx + vy * vy;
  const x = (vy * u - uy * v) / cross;
  const y = (ux * v - vx * u) / cross;
  if (Number.isFinite(x) && Number.isFinite(y)) return { x: ax + x, y: ay + y, radius: Math.hypot(x, y) };
  return [onDiameter(ax, ay, bx, by), onDiameter(ax, ay, cx, cy), onDiameter(bx, by, cx, cy)].reduce((widest, next) =>
    next.radius > widest.radius ? next : widest,
  );
}
