// oauth_server.mjs JWKS PORT_FILE: a certified OAuth server that takes signed assertions of one client, `tool`.
import fs from 'node:fs';
import Provider from 'oidc-provider';

const ags = 'https://purl.imsglobal.org/spec/lti-ags/scope/';
const scopes = [ags + 'score', ags + 'result.readonly', ags + 'lineitem.readonly'];
const [, , keys, portFile] = process.argv;
const jwks = JSON.parse(fs.readFileSync(keys));
const server = (await import('node:http')).createServer();
server.listen(0, '127.0.0.1', () => {
  const port = server.address().port;
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [{
      client_id: 'tool', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
      token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'RS256', jwks, scope: scopes.join(' '),
    }],
    scopes,
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256'] },
  });
  provider.on('grant.error', (context, error) => console.error(String(error), error.error_detail ?? ''));
  server.on('request', provider.callback());
  fs.writeFileSync(portFile + '.new', String(port));
  fs.renameSync(portFile + '.new', portFile);
});
