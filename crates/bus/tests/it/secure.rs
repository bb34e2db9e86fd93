use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bus::{BusSettings, Producer};
use contracts::topics::Topic;
use testkit::TestBroker;

use crate::world::{order, read_all, text};

#[tokio::test]
async fn a_broker_that_demands_tls_and_a_secret_lets_in_whoever_has_both() {
    let keys = certificates();
    let broker = guarded_broker(&keys).await;
    let authority = keys.join("ca.pem");
    let settings = |password: &str, ca_cert: Option<String>| BusSettings {
        username: Some("orders".to_owned()),
        password: Some(password.into()),
        ca_cert,
        delivery_timeout: Duration::from_secs(3),
        ..BusSettings::new(broker.brokers(), "secure")
    };
    let by_path = settings("orders-secret", Some(authority.display().to_string()));
    let by_text = settings("orders-secret", Some(std::fs::read_to_string(&authority).unwrap()));
    bus::ensure_topics(&by_path, &[Topic::PizzaOrders.spec()], 1).await.unwrap();

    Producer::new(&by_path).unwrap().send(order("one", "by path")).await.unwrap();
    Producer::new(&by_text).unwrap().send(order("one", "by text")).await.unwrap();

    let read: Vec<_> = read_all(&by_text, Topic::PizzaOrders, 2).await.iter().map(text).collect();
    assert_eq!(read, ["by path", "by text"]);
    for outsider in [
        settings("a guess", Some(authority.display().to_string())),
        // the system's own authorities do not know this broker
        settings("orders-secret", None),
        BusSettings {
            delivery_timeout: Duration::from_secs(3),
            ..BusSettings::new(broker.brokers(), "secure")
        },
    ] {
        let producer = Producer::new(&outsider).unwrap();
        assert!(producer.send(order("one", "from outside")).await.is_err(), "{outsider:?}");
        assert!(producer.warm_up().await.is_err(), "{outsider:?}");
    }
    let ends = bus::end_offsets(&by_path, Topic::PizzaOrders).await.unwrap();
    assert_eq!(ends.iter().map(|(_, end)| end).sum::<i64>(), 2);
}

/// A broker that lets nobody in without TLS and a secret.
async fn guarded_broker(keys: &Path) -> TestBroker {
    let (keystore, authority) = (keys.join("server.pem"), keys.join("ca.pem"));
    TestBroker::with_settings(&format!(
        "listeners=SASL_SSL://127.0.0.1:@PORT@,CONTROLLER://127.0.0.1:@CONTROLLER@\n\
         advertised.listeners=SASL_SSL://127.0.0.1:@PORT@\n\
         listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=SASL_SSL\n\
         sasl.enabled.mechanisms=PLAIN\n\
         sasl.mechanism.inter.broker.protocol=PLAIN\n\
         listener.name.sasl_ssl.plain.sasl.jaas.config=\
         org.apache.kafka.common.security.plain.PlainLoginModule required \
         username=\"admin\" password=\"admin-secret\" \
         user_admin=\"admin-secret\" user_orders=\"orders-secret\";\n\
         ssl.keystore.type=PEM\n\
         ssl.keystore.location={}\n\
         ssl.truststore.type=PEM\n\
         ssl.truststore.location={}\n",
        keystore.display(),
        authority.display(),
    ))
    .await
}

/// An authority, and a key with a certificate for 127.0.0.1 that it has signed.
fn certificates() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("pizzeria-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let openssl = |arguments: &str| {
        let output =
            Command::new("openssl").args(arguments.split(' ')).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=pizzeria-tests");
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=broker");
    openssl(
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
    );
    let key = std::fs::read_to_string(folder.join("server.key")).unwrap();
    let certificate = std::fs::read_to_string(folder.join("server.crt")).unwrap();
    std::fs::write(folder.join("server.pem"), format!("{key}{certificate}")).unwrap();
    folder
}
