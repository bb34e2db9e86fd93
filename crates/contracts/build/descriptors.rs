//! One JSON spelling everywhere: the names in the proto files.

use prost_reflect::prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage as _, Value};

use crate::Result;

/// The descriptor set with every `json_name` set to the proto name. Unknown extension bytes survive.
pub fn with_proto_names(raw: &[u8]) -> Result<Vec<u8>> {
    let pool = DescriptorPool::decode(raw)?;
    let kind =
        pool.get_message_by_name("google.protobuf.FileDescriptorSet").ok_or("descriptor.proto is missing")?;
    let mut set = DynamicMessage::decode(kind, raw)?;
    rename(&mut set);
    Ok(set.encode_to_vec())
}

fn rename(message: &mut DynamicMessage) {
    if message.descriptor().full_name() == "google.protobuf.FieldDescriptorProto" {
        if let Some(name) = message.get_field_by_name("name").map(std::borrow::Cow::into_owned) {
            message.set_field_by_name("json_name", name);
        }
        return;
    }
    for list in ["file", "message_type", "nested_type", "field"] {
        if message.descriptor().get_field_by_name(list).is_none() {
            continue;
        }
        if let Some(Value::List(entries)) = message.get_field_by_name_mut(list) {
            for entry in entries {
                if let Value::Message(inner) = entry {
                    rename(inner);
                }
            }
        }
    }
}
