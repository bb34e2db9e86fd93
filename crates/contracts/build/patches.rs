//! Text patches of generated code. Each fails the build when the generator's output changes under it.

use std::{fs, path::Path};

use crate::Result;

/// pbjson writes 64-bit integers as JSON strings; here they become numbers. Reading takes both already.
pub fn int64_as_number(path: &Path) -> Result {
    let mut code = fs::read_to_string(path)?
        .replace("ToString::to_string(&v).as_str()", "v")
        .replace(".iter().map(ToString::to_string).collect::<Vec<_>>()", "")
        .replace("(k, v.to_string())", "(k, v)");
    while let Some(start) = code.find("ToString::to_string(&self.") {
        let end =
            start + code[start..].find(").as_str()").ok_or("pbjson writes 64-bit integers otherwise now")?;
        code.replace_range(end..end + ").as_str()".len(), "");
        code.replace_range(start..start + "ToString::to_string(".len(), "");
    }
    Ok(fs::write(path, code)?)
}

/// Points the transcoder at our request decoder, whose refusals name the field.
pub fn own_decoder(path: &Path) -> Result {
    const THEIRS: &str = ":: rest_over_grpc :: codegen_helpers :: decode_request";
    const THEIR_ERROR: &str =
        ". map_err (:: rest_over_grpc :: codegen_helpers :: TranscodeError :: into_status)";

    let code = fs::read_to_string(path)?;
    let mut parts = code.split(THEIRS);
    let mut patched = parts.next().unwrap_or_default().to_owned();
    let mut places = 0;
    for part in parts {
        patched += "crate :: rest :: decode :: decode_request";
        patched += &part.replacen(THEIR_ERROR, "", 1);
        places += 1;
    }
    if places == 0 || code.matches(THEIR_ERROR).count() < places {
        return Err("rest_over_grpc decodes requests otherwise now".into());
    }
    Ok(fs::write(path, patched)?)
}
