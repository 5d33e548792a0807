import type { JWTPayload } from "jose";

/** What a caller may do; each includes those before it. */
export const PERMISSIONS = ["read", "operate", "administer"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What a route asks for: a permission, or nothing at all. */
export type Access = Permission | "public";

/** Which roles of the identity provider give which permission; a client's role is written `client:role`. */
export type RolesByPermission = Readonly<Record<Permission, readonly string[]>>;

/** Whether somebody with the permission `held` (null: none) may do what needs `needed`. */
export function includes(held: Permission | null, needed: Permission): boolean {
  return held !== null && PERMISSIONS.indexOf(held) >= PERMISSIONS.indexOf(needed);
}

/** All that somebody may do with the permission `held` (null: none), the least first. */
export function upTo(held: Permission | null): Permission[] {
  return PERMISSIONS.filter((permission) => includes(held, permission));
}

/**
 * The highest permission that a token's roles give.
 *
 * @param otherwise for a token with none of the roles
 */
export function permissionOf(
  payload: JWTPayload,
  roles: RolesByPermission,
  otherwise: Permission | null,
): Permission | null {
  const held = new Set(rolesOf(payload));
  return [...PERMISSIONS].reverse().find((permission) => roles[permission].some((role) => held.has(role))) ?? otherwise;
}

/** The roles in a token of Keycloak: the realm's by their names, those of a client as `client:role`. */
function rolesOf({ realm_access, resource_access }: JWTPayload): string[] {
  const clients = isObject(resource_access) ? Object.entries(resource_access) : [];
  return [
    ...namesIn(realm_access),
    ...clients.flatMap(([client, access]) => namesIn(access).map((role) => `${client}:${role}`)),
  ];
}

function namesIn(access: unknown): string[] {
  return isObject(access) && Array.isArray(access.roles)
    ? access.roles.filter((role): role is string => typeof role === "string")
    : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
