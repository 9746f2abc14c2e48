"""One zone of block storage for the tests: scheduler, backup service, API and volume service of Cinder in one process.

usage: zone.py CONFIGURATION

The volume service is started last: Cinder keeps the id of a service in a class attribute, so that clean-up entries
carry that of the service that was started last, and only the volume service's own are looked for when it starts again.
"""

import shlex
import sys

import eventlet

eventlet.monkey_patch()

import __original_module_threading as original_threading  # noqa: E402
import threading  # noqa: E402

original_threading.current_thread.__globals__['_active'] = threading._active

import os_brick  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402
from oslo_privsep import priv_context  # noqa: E402

from cinder import coordination, objects, rpc, service, utils, version  # noqa: E402
from cinder.cmd import backup as backup_command  # noqa: E402, F401  (its options)
from cinder.common import config  # noqa: E402


def main(configuration):
    conf = cfg.CONF
    objects.register_all()
    conf(['--config-file', configuration], project='cinder', version=version.version_string())
    config.set_middleware_defaults()
    logging.setup(conf, 'cinder')
    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
    utils.monkey_patch()
    os_brick.setup(conf)
    coordination.COORDINATOR.start()
    rpc.init(conf)

    scheduler = service.Service.create(binary='cinder-scheduler')
    scheduler.start()
    semaphore = utils.semaphore_factory(0, 1)
    backup = service.Service.create(
        binary='cinder-backup', coordination=True, service_name='backup', process_number=1, semaphore=semaphore)
    backup.start()
    api = service.WSGIService('osapi_volume')
    api.start()
    for backend in conf.enabled_backends:
        conf.register_opt(cfg.StrOpt('backend_host'), group=backend)
        volume = service.Service.create(
            host='%s@%s' % (conf.host, backend), service_name=backend, binary='cinder-volume', coordination=True)
        volume.start()
    print('ready', flush=True)
    # Not api.wait(), which returns as soon as no request is under way.
    while True:
        eventlet.sleep(3600)


main(sys.argv[1])
