/** Whether an `If-None-Match` names a tag: alone, in a list, as weak (RFC 9110 compares weakly here), or as `*`. */
export function matchesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  const named = (ifNoneMatch ?? "").split(",").map((each) => each.trim().replace(/^W\//, ""));
  return named.includes(tag) || named.includes("*");
}
