//! The stores of the day, once per fault: a copy of the database, and Redis with the same keys again.

use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _};
use redis::aio::MultiplexedConnection;
use verify::Stores;

use crate::day::Day;

/// Everything that Redis held at the end of the day: key, milliseconds to live, value.
type Dump = Vec<(String, i64, Vec<u8>)>;

/// Makes copies of the day's stores.
pub struct Copies {
    admin: AsyncPgConnection,
    redis: MultiplexedConnection,
    dump: Dump,
    made: u32,
    day: Stores,
}

impl Copies {
    pub async fn of(day: &Day) -> Self {
        let (server, _) = day.system.db.url().rsplit_once('/').unwrap();
        let admin = AsyncPgConnection::establish(&format!("{server}/postgres")).await.unwrap();
        let mut redis = day.system.redis.connect().await;
        let dump = dump(&mut redis).await;
        Self { admin, redis, dump, made: 0, day: day.stores() }
    }

    /// The stores as they were at the end of the day, with a database that nobody else sees.
    pub async fn next(&mut self) -> Stores {
        self.made += 1;
        let (server, name) = self.day.database_url.rsplit_once('/').unwrap();
        let copy = format!("{name}_{}", self.made);
        let sql = format!("CREATE DATABASE {copy} TEMPLATE {name}");
        diesel::sql_query(sql).execute(&mut self.admin).await.unwrap();
        redis::cmd("FLUSHALL").exec_async(&mut self.redis).await.unwrap();
        let mut pipe = redis::pipe();
        for (key, ttl, value) in &self.dump {
            pipe.cmd("RESTORE").arg(key).arg((*ttl).max(0)).arg(value.as_slice());
        }
        pipe.exec_async(&mut self.redis).await.unwrap();
        Stores { database_url: format!("{server}/{copy}"), ..self.day.clone() }
    }

    /// Takes the last copy away.
    pub async fn drop_last(&mut self) {
        let (_, name) = self.day.database_url.rsplit_once('/').unwrap();
        let sql = format!("DROP DATABASE {name}_{} WITH (FORCE)", self.made);
        diesel::sql_query(sql).execute(&mut self.admin).await.unwrap();
    }

    /// Runs SQL in a copy.
    pub async fn sql(stores: &Stores, sql: &str) {
        let mut conn = AsyncPgConnection::establish(&stores.database_url).await.unwrap();
        conn.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Whether anybody has sent this command since the counters of Redis began anew.
    pub async fn was_asked(&mut self, command: &str) -> bool {
        let said: String = redis::cmd("INFO").arg("commandstats").query_async(&mut self.redis).await.unwrap();
        said.contains(&format!("cmdstat_{command}:"))
    }

    /// Runs a command of Redis, words apart.
    pub async fn redis(&mut self, command: &str) {
        let mut words = command.split('|');
        let mut cmd = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            cmd.arg(word);
        });
        let changed: redis::Value = cmd.query_async(&mut self.redis).await.unwrap();
        assert_ne!(changed, redis::Value::Nil, "{command} finds nothing");
    }
}

async fn dump(redis: &mut MultiplexedConnection) -> Dump {
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(redis).await.unwrap();
    let mut dump = Vec::new();
    for key in keys {
        let value: Vec<u8> = redis::cmd("DUMP").arg(&key).query_async(redis).await.unwrap();
        let ttl: i64 = redis::cmd("PTTL").arg(&key).query_async(redis).await.unwrap();
        dump.push((key, ttl, value));
    }
    dump
}
