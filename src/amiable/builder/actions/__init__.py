"""What each action module does on a guest: one function a module, in files by what they touch.

A function gets its `Call` and one mapping of settled inputs, and returns what the module brings, if anything.
It raises StepFailed with a sentence, or Reboot to start the machine anew.
"""

from collections.abc import Callable, Mapping
from typing import Any

from amiable.builder.actions import copying, execute, files, outside, removal, rights, system, transfer
from amiable.builder.actions.call import Call

Action = Callable[[Call, Mapping[str, Any]], str | None]

ACTIONS: dict[str, Action] = {
    "ExecuteBash": execute.execute_bash,
    "ExecuteBinary": execute.execute_binary,
    "Reboot": system.reboot,
    "UpdateOS": system.update_os,
    "FetchFromOutside": outside.fetch_from_outside,
    "S3Download": transfer.s3_download,
    "S3Upload": transfer.s3_upload,
    "WebDownload": transfer.web_download,
    "CreateFile": files.create_file,
    "AppendFile": files.append_file,
    "ReadFile": files.read_file,
    "SetFileEncoding": files.set_file_encoding,
    "CreateFolder": files.create_folder,
    "CreateSymlink": files.create_symlink,
    "ListFiles": files.list_files,
    "CopyFile": copying.copy_file,
    "MoveFile": copying.move_file,
    "CopyFolder": copying.copy_folder,
    "MoveFolder": copying.move_folder,
    "DeleteFile": removal.delete_file,
    "DeleteFolder": removal.delete_folder,
    "SetFileOwner": rights.set_owner,
    "SetFolderOwner": rights.set_owner,
    "SetFilePermissions": rights.set_permissions,
    "SetFolderPermissions": rights.set_permissions,
}
"""Every module but Assert and ExecuteDocument, which `builder.run` does itself."""
