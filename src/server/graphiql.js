"use strict";

// The token is kept by the page alone, for as long as it is open.
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
  }),
);
