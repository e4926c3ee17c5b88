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

const WELCOME = `# Sign in with this, and put the token into the headers below:
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
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: WELCOME,
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    storage,
  }),
);
