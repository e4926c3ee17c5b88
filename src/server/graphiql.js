"use strict";

// Documents may hold a password and headers a token, so the page forgets everything when it is closed.
const kept = new Map();
const storage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => void kept.set(name, String(value)),
  removeItem: (name) => void kept.delete(name),
  clear: () => kept.clear(),
  get length() {
    return kept.size;
  },
};

// The session of the explorer in this tab, asked for with each request, because signing out ends it.
function tokenOfTab() {
  try {
    return JSON.parse(sessionStorage.getItem("cartera.session"))?.token;
  } catch {
    return undefined;
  }
}

// A token in the headers editor goes before that of the tab.
function fetchWithSession(url, options) {
  const headers = new Headers(options?.headers);
  const token = tokenOfTab();
  if (token && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`);
  return fetch(url, { ...options, headers });
}

const SIGNED_IN = `# You are signed in as in the explorer of this tab.
{
  prospects(first: 5) {
    nodes { id name status { name } }
  }
}
`;

const STRANGER = `# Sign in at the explorer in this tab (the page /), or with this, and put the token into the headers below:
#   { "authorization": "Bearer TOKEN" }
# Then fetch the schema again, by the arrows at the lower left.
mutation {
  sessionCreate(input: { email: "", password: "" }) {
    token
    userErrors { code message }
  }
}
`;

const place = document.getElementById("graphiql");
place.style.height = "100vh";
document.body.style.margin = "0";

ReactDOM.createRoot(place).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql", fetch: fetchWithSession }),
    defaultQuery: tokenOfTab() ? SIGNED_IN : STRANGER,
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    storage,
  }),
);
