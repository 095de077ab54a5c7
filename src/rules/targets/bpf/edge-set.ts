/** A number, or an address as a number of 128 bits. One set holds one of the two. */
type Edge = number | bigint

/**
 * A set of numbers as ascending edges: from each first edge up to, not including, each second one. So sets are combined by
 * comparing alone, whatever their numbers are.
 */
export type EdgeSet = readonly Edge[]

/** The numbers that `keep` wants, told which of two sets have them; never those that are in neither. */
function combine(left: EdgeSet, right: EdgeSet, keep: (inLeft: boolean, inRight: boolean) => boolean): EdgeSet {
  const edges: Edge[] = []
  let [passedLeft, passedRight, isInside] = [0, 0, false]
  while (passedLeft < left.length || passedRight < right.length) {
    const isLeft = passedRight >= right.length || (passedLeft < left.length && left[passedLeft] <= right[passedRight])
    const edge = isLeft ? left[passedLeft] : right[passedRight]
    if (left[passedLeft] === edge) passedLeft++
    if (right[passedRight] === edge) passedRight++
    const isKept = keep((passedLeft & 1) === 1, (passedRight & 1) === 1)
    if (isKept !== isInside) edges.push(edge)
    isInside = isKept
  }
  return edges
}

/** The numbers that both sets have. */
export function intersection(left: EdgeSet, right: EdgeSet): EdgeSet {
  return combine(left, right, (inLeft, inRight) => inLeft && inRight)
}

/** The numbers that either set has. */
export function union(left: EdgeSet, right: EdgeSet): EdgeSet {
  return combine(left, right, (inLeft, inRight) => inLeft || inRight)
}

/** The numbers of `all` that `set` does not have. */
export function difference(all: EdgeSet, set: EdgeSet): EdgeSet {
  return combine(all, set, (inAll, inSet) => inAll && !inSet)
}
