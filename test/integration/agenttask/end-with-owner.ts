/**
 * Loaded into a process before its program: ends it when its standard input does, that is when whoever started it is gone, however
 * that came about. An interrupted test must not leave controllers behind.
 */
process.stdin.once('end', () => process.kill(process.pid, 'SIGKILL'));
process.stdin.resume();
if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref();
