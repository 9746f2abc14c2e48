#!/bin/sh
# Cinder: a list of transfers that is asked for with a limit is empty, though there are transfers. Before microversion
# 3.59 the limit is taken for a filter by a column of that name, which no transfer has, and the answer is 200; the older
# path os-volume-transfer does so at every microversion. Lists of volumes, snapshots and backups heed the limit.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cinder==26.1.0 oslo.utils==8.2.0
cat > "$folder/cinder.conf" <<CONFIGURATION
[DEFAULT]
transport_url = fake:/
auth_strategy = noauth
state_path = $folder
log_file = $folder/cinder.log
api_paste_config = $folder/venv/etc/cinder/api-paste.ini
resource_query_filters_file = $folder/venv/etc/cinder/resource_filters.json
[database]
connection = sqlite:///$folder/cinder.sqlite
[oslo_concurrency]
lock_path = $folder/locks
CONFIGURATION
"$folder/venv/bin/cinder-manage" --config-file "$folder/cinder.conf" db sync 2> "$folder/errors.txt"
cat > "$folder/list.py" <<'PROGRAM'
import uuid

from cinder.wsgi import wsgi
from cinder import context, db
from webob import Request

application = wsgi.initialize_application()
tenant = uuid.uuid4().hex
admin = context.RequestContext('admin', tenant, is_admin=True)
kind = db.volume_type_get_all(admin)['__DEFAULT__']['id']
for name in ('one', 'two'):
    db.volume_create(admin, {
        'id': str(uuid.uuid4()), 'display_name': name, 'size': 1, 'status': 'available', 'project_id': tenant,
        'user_id': 'admin', 'host': 'host@backend#pool', 'volume_type_id': kind})


def call(method, path, version, body=None):
    request = Request.blank(f'/v3/{tenant}/{path}', method=method)
    request.headers['X-Auth-Token'] = f'admin:{tenant}'
    request.headers['OpenStack-API-Version'] = f'volume {version}'
    if body is not None:
        request.content_type = 'application/json'
        request.json = body
    answer = request.get_response(application)
    assert answer.status_int in (200, 202), answer
    return answer.json


for volume in call('GET', 'volumes', '3.58')['volumes']:
    call('POST', 'volume-transfers', '3.58', {'transfer': {'volume_id': volume['id']}})
for path in ('volume-transfers', 'os-volume-transfer'):
    for version in ('3.58', '3.59', '3.70'):
        for query in ('', '?limit=1000'):
            print(version, f'{path}{query}:', len(call('GET', path + query, version)['transfers']))
print('3.58 volumes?limit=1000:', len(call('GET', 'volumes?limit=1000', '3.58')['volumes']))
PROGRAM
"$folder/venv/bin/pip" --disable-pip-version-check freeze | grep '^cinder=='
echo "expected: 2 in every line"
"$folder/venv/bin/python" -W ignore "$folder/list.py" --config-file "$folder/cinder.conf" 2> "$folder/errors.txt" |
  tee "$folder/out.txt"
cat > "$folder/seen.txt" <<'SEEN'
3.58 volume-transfers: 2
3.58 volume-transfers?limit=1000: 0
3.59 volume-transfers: 2
3.59 volume-transfers?limit=1000: 2
3.70 volume-transfers: 2
3.70 volume-transfers?limit=1000: 2
3.58 os-volume-transfer: 2
3.58 os-volume-transfer?limit=1000: 0
3.59 os-volume-transfer: 2
3.59 os-volume-transfer?limit=1000: 0
3.70 os-volume-transfer: 2
3.70 os-volume-transfer?limit=1000: 0
3.58 volumes?limit=1000: 2
SEEN
diff "$folder/seen.txt" "$folder/out.txt"
echo "seen: with a limit the list of transfers is empty at 3.58, and by the older path always"
