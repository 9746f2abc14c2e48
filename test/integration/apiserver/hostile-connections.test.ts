import { siteForFile } from './cluster.ts';
import { testHostileConnections } from './hostile-connections.ts';

testHostileConnections(siteForFile());
