// Requests to /api/v1 with the session cookie. A failure becomes an ApiError with what, why, how to mend and an id.
import { inWords, t } from "./i18n.js";

const BASE = "/api/v1";

export class ApiError extends Error {
  constructor(status, problem) {
    super(inWords(problem.detail || problem.title) || t("The server answered {status}.", { status }));
    this.status = status;
    this.code = problem.code || `http.${status}`;
    this.mend = inWords(problem.mend) || mendFor(status);
    this.id = problem.id || problem.instance || "";
  }
}

function mendFor(status) {
  if (status === 0) return t("Check that the server runs and the network is up; the page tries again by itself.");
  if (status === 401) return t("Log in again.");
  if (status === 403) return t("Ask an administrator for the right to do this.");
  if (status === 404) return t("It may have been removed, or the address is mistyped.");
  if (status >= 500) return t("Try again; if it stays, give the code to whoever runs the server.");
  return t("Change the request and try again.");
}

export function query(parameters) {
  const kept = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(kept).toString();
  return text ? `?${text}` : "";
}

export const path = (template, values) =>
  template.replace(/\{(\w+)\}/g, (_whole, name) => encodeURIComponent(values[name] ?? ""));

// An id of the caller's own for an act, so that it is done once however often it is sent. crypto.randomUUID is not there
// without TLS, and a store's phone may come without.
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const get = (address, options = {}) => request("GET", address, undefined, options);
export const post = (address, body = {}) => request("POST", address, body);
// A file goes as it is: the body is its bytes.
export const upload = (address, file) => request("POST", address, file);
export const remove = (address) => request("DELETE", address);

async function request(method, address, body, { signal } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Requested-With"] = "entrepot";
  const isFile = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
  let response;
  try {
    response = await fetch(
      address.startsWith("/api/") || (method !== "GET" && address.startsWith("/log")) ? address : BASE + address,
      {
        method,
        headers,
        signal,
        credentials: "same-origin",
        body: body === undefined || isFile ? body : JSON.stringify(body),
      },
    );
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { detail: t("The server cannot be reached."), code: "network" });
  }
  if (response.status === 401 && !address.startsWith("/log")) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const text = await response.text();
  const answer = text && (response.headers.get("content-type") || "").includes("json") ? JSON.parse(text) : {};
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}
