import { siteForTls } from './tls.ts';
import { testHostileConnections } from './hostile-connections.ts';

testHostileConnections(await siteForTls());
