/** What is wrong with a call, for its caller: in the envelope of the service. */
export class SesError extends Error {
  readonly code = 'SES';
  readonly httpStatus: 400 | 404;

  constructor(httpStatus: SesError['httpStatus'], message: string) {
    super(message);
    this.name = new.target.name;
    this.httpStatus = httpStatus;
  }
}

/** There is no upgrade of this cluster, or none that the caller's namespace has. */
export class NoUpgradeError extends SesError {
  constructor(number: string) {
    super(404, `There is no rolling upgrade of cluster ${number}`);
  }
}

/** Nobody has said how this cluster is reached, and where its nodes are. */
export class NoClusterError extends SesError {
  constructor(number: string) {
    super(404, `There is no cluster ${number}: ask the operator to describe it by a RollingUpgrade`);
  }
}
