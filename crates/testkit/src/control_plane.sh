# Starts etcd, an API server and a controller manager in $HOME_OF_CLUSTER, says `ready`, and ends all three
# when its standard input ends, which it does with the test process however that ends.
# Told by the environment: HOME_OF_CLUSTER, KUBERNETES and ETCD (folders of programs), PORTS, NOBODY (set: drop to that user).
trap '' HUP INT PIPE TERM # the end of the test is seen below, and nobody else's business
cd "$HOME_OF_CLUSTER" || exit 1
controllers=
# shellcheck disable=SC2086 # four numbers
set -- $PORTS
client=$1 peer=$2 api=$3 manager=$4

# A program is opened here and run by its descriptor: the cache may lie in a home that only its owner may enter.
start() {
  program=$1 log=$2
  shift 2
  if [ -n "$NOBODY" ]; then
    setpriv --reuid="$NOBODY" --regid="$NOBODY" --clear-groups env HOME="$PWD" /proc/self/fd/3 "$@" 3<"$program" >"$log" 2>&1 </dev/null &
  else
    "$program" "$@" >"$log" 2>&1 </dev/null &
  fi
}

certificates() {
  openssl genrsa -out sa.key 2048
  openssl rsa -in sa.key -pubout -out sa.pub
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=test-ca
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout api.key -out api.csr -subj /CN=kube-apiserver
  echo subjectAltName=IP:127.0.0.1 >api.ext
  openssl x509 -req -in api.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out api.crt -days 30 -extfile api.ext
}
certificates 2>openssl.log || exit 1

# The administrator's token is drawn for this cluster alone.
token=$(openssl rand -hex 16)
echo "$token,admin,1,system:masters" >tokens.csv
cat >kubeconfig <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api", certificate-authority: $PWD/ca.crt}}]
contexts: [{name: test, context: {cluster: test, user: admin}}]
users: [{name: admin, user: {token: $token}}]
current-context: test
CONFIG
[ -z "$NOBODY" ] || chown -R "$NOBODY:$NOBODY" .

start "$ETCD/etcd" etcd.log --data-dir "$PWD/etcd" --unsafe-no-fsync \
  --listen-client-urls "http://127.0.0.1:$client" --advertise-client-urls "http://127.0.0.1:$client" \
  --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
  --initial-cluster "default=http://127.0.0.1:$peer"
etcd=$!
start "$KUBERNETES/kube-apiserver" api.log --etcd-servers="http://127.0.0.1:$client" \
  --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$api" --endpoint-reconciler-type=none --allow-privileged \
  --tls-cert-file="$PWD/api.crt" --tls-private-key-file="$PWD/api.key" --client-ca-file="$PWD/ca.crt" --cert-dir="$PWD/certs" \
  --token-auth-file="$PWD/tokens.csv" --authorization-mode=Node,RBAC --service-cluster-ip-range=10.0.0.0/24 \
  --service-account-issuer="https://127.0.0.1:$api" --service-account-key-file="$PWD/sa.pub" --service-account-signing-key-file="$PWD/sa.key"
server=$!

tries=0
until [ "$tries" -ge 300 ] || "$KUBERNETES/kubectl" --kubeconfig kubeconfig --cache-dir cache get --raw /readyz >/dev/null 2>ready.log; do
  kill -0 "$server" 2>/dev/null || tries=300
  tries=$((tries + 1))
  sleep 0.2
done
if [ "$tries" -lt 300 ]; then
  start "$KUBERNETES/kube-controller-manager" manager.log --kubeconfig="$PWD/kubeconfig" --bind-address=127.0.0.1 --secure-port="$manager" \
    --cert-dir="$PWD/certs-of-manager" --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$PWD/sa.key" --root-ca-file="$PWD/ca.crt" \
    --cluster-signing-cert-file="$PWD/ca.crt" --cluster-signing-key-file="$PWD/ca.key" --controllers='*,-nodeipam,-nodelifecycle'
  controllers=$!
  echo ready
else
  echo "not ready: $(tail -n 3 ready.log api.log etcd.log | tr '\n' ' ')"
fi

read -r _
# At once and without asking: without etcd the API server does not end on a request.
kill -KILL $controllers "$server" "$etcd" 2>/dev/null
wait
cd / && rm -rf "$HOME_OF_CLUSTER"
