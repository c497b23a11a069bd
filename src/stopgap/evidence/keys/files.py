"""Read and write key files: private keys as encrypted PEM, public keys, and small files from other users.

A private key is PKCS#8 in PEM, encrypted by RFC 8018 (PBES2): scrypt derives the key from the passphrase, AES-256-CBC
encrypts. The cryptography library can read this format, but itself writes PBKDF2 with 2,048 rounds; so the ASN.1 (DER)
structure around the encrypted key is encoded here.
"""

from __future__ import annotations

import base64
import contextlib
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from stopgap.base.atomic_files import make_durable, sync_folder
from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.paths import unreadable_file

LARGEST = 64 * 1024
"""Maximum size of a key file, in bytes."""

LONGEST_PASSPHRASE = 1000
"""Maximum length of a passphrase, in UTF-8 bytes; the cryptography library accepts at most 1,023."""

FRESH_BYTES = 32
"""Number of random bytes that :func:`encrypted_pem` needs: salt and initialisation vector."""

_HEAD, _FOOT = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"
_COST, _BLOCKS, _PARALLEL = (2**14, 8, 5)  # 16 MB and about 0.1 s a guess; more memory, and OpenSSL would refuse
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")
_SEQUENCE, _OCTETS, _INTEGER = 0x30, 0x04, 0x02
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)  # Windows would add to line ends


def key_folder(home: Path) -> Path:
    """Return the folder of the user's own keys."""
    return home / "keys"


def short(fingerprint: str) -> str:
    """Return the first sixteen hex digits of a fingerprint, for file names."""
    return fingerprint.removeprefix("sha256:")[:16]


def public_file(home: Path, name: str) -> Path:
    """Return the path of the public key file of the current key with a name."""
    return key_folder(home) / f"{name}.pub.json"


def retired_file(home: Path, name: str, fingerprint: str) -> Path:
    """Return the path of the public key file of a retired key, which a successor replaced."""
    return key_folder(home) / "retired" / f"{name}.{short(fingerprint)}.pub.json"


def private_file(home: Path, name: str, fingerprint: str) -> Path:
    """Return the path of the encrypted private key."""
    return key_folder(home) / f"{name}.{short(fingerprint)}.pem"


def revocation_file(home: Path, name: str, fingerprint: str) -> Path:
    """Return the path of the revocation file, which tells partners that a key is revoked."""
    return key_folder(home) / f"{name}.{short(fingerprint)}.revoked.json"


def make_key_folder(home: Path) -> None:
    """Create the key folder, accessible to its owner only; raise RefusedError if it cannot be created."""
    folder = key_folder(home)
    with _kept(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
        (folder / "retired").mkdir(exist_ok=True, mode=0o700)


def write_own(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file atomically that only its owner may read; raise RefusedError if it cannot be written.

    The caller must hold the lock of the trust store, so that no other process writes the same file.
    """
    building = path.with_name(f".{path.name}.part")
    with _kept(path):
        building.unlink(missing_ok=True)
        try:
            # Its mode is there before its first byte.
            with os.fdopen(os.open(building, _NEW, mode), "wb") as file:
                file.write(text.encode("utf-8"))
            make_durable(building)
            os.replace(building, path)
        finally:
            building.unlink(missing_ok=True)
        sync_folder(path.parent)


def is_open_to_others(path: Path) -> bool:
    """Return whether other users of this machine may access a file; always ``False`` outside POSIX systems."""
    if os.name != "posix":
        return False
    with contextlib.suppress(OSError):
        return bool(path.stat().st_mode & 0o077)
    return False


def read_small(path: Path, title: str) -> bytes:
    """Read a file of at most :data:`LARGEST` bytes; ``title`` names the file in messages.

    Raises:
        InputError: It is not there, cannot be read or is larger.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise unreadable_file(path, f"the {title}") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise InputError(
            f"the {title} cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            fix="give the path of a file that you may read",
        ) from error
    if len(content) > LARGEST:
        raise InputError(
            f"this is no {title}: it is larger than {LARGEST // 1024} KB",
            where=str(path),
            fix=f"give the path of the {title}",
        )
    return content


def encrypted_pem(seed: bytes, passphrase: str, *, fresh: bytes) -> str:
    """Encrypt an Ed25519 private key (32 bytes) as PKCS#8 PEM; ``fresh`` is random: salt and initialisation vector."""
    from cryptography.hazmat.primitives import padding, serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    salt, vector = fresh[:16], fresh[16:FRESH_BYTES]
    plain = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = Scrypt(salt=salt, length=32, n=_COST, r=_BLOCKS, p=_PARALLEL).derive(_secret(passphrase))
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    locked = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()

    numbers = b"".join(_der(_INTEGER, _unsigned(number)) for number in (_COST, _BLOCKS, _PARALLEL))
    stretching = _der(_SEQUENCE, _SCRYPT + _der(_SEQUENCE, _der(_OCTETS, salt) + numbers))
    locking = _der(_SEQUENCE, _AES_256_CBC + _der(_OCTETS, vector))
    method = _der(_SEQUENCE, _PBES2 + _der(_SEQUENCE, stretching + locking))
    text = base64.b64encode(_der(_SEQUENCE, method + _der(_OCTETS, locked))).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([_HEAD, *lines, _FOOT, ""])


def opened_pem(content: bytes, passphrase: str, *, where: str) -> bytes:
    """Decrypt an encrypted PKCS#8 PEM and return the 32 bytes of its Ed25519 private key.

    Raises:
        InputError: The content is not an encrypted PKCS#8 PEM, or its key is not an Ed25519 key.
        RefusedError: The passphrase is wrong, or the file is damaged.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not content.startswith(_HEAD.encode()) or not content.rstrip().endswith(_FOOT.encode()):
        raise InputError("this is no encrypted private key", where=where, fix="bring this file back from a copy")
    try:
        key = load_pem_private_key(content, _secret(passphrase))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: an empty passphrase
        raise RefusedError(
            "the passphrase does not open the key",
            where=where,
            fix="type it again; where you are sure of it, the file is damaged: bring it back from a copy",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError("the private key is not of Ed25519", where=where, fix="bring this file back from a copy")
    return key.private_bytes_raw()


def check_passphrase(passphrase: str, *, where: str) -> str:
    """Return a passphrase if it is valid; raise InputError if it is empty, blank, too long or not Unicode text."""
    try:
        size = len(_secret(passphrase))
    except UnicodeEncodeError:
        raise InputError("the passphrase is no Unicode text", where=where, fix="write it in UTF-8") from None
    if not passphrase.strip() or size > LONGEST_PASSPHRASE:
        what = "empty" if not passphrase.strip() else f"longer than {LONGEST_PASSPHRASE:,} bytes"
        raise InputError(f"the passphrase is {what}", where=where, fix="choose several words, one line")
    return passphrase


def passphrase_for(given: str | None, file: str | Path | None, typed: Callable[[], str | None]) -> str:
    """Return the passphrase: the argument, else from the file, ``STOPGAP_PASSPHRASE`` or the terminal, in this order.

    ``typed`` prompts for it, and returns ``None`` where there is no interactive terminal.

    Raises:
        UsageError: There is no interactive terminal, or the two passphrases typed differ.
        InputError: The passphrase is empty or too long, or the file cannot be read.
    """
    if given is not None:
        return check_passphrase(given, where="passphrase")
    if file is not None:
        return check_passphrase(_from_file(Path(file)), where=str(file))
    if (told := os.environ.get("STOPGAP_PASSPHRASE")) is not None:
        return check_passphrase(told, where="$STOPGAP_PASSPHRASE")
    if (asked := typed()) is not None:
        return check_passphrase(asked, where="terminal")
    raise UsageError(
        "a passphrase is needed, and nobody sits at a terminal",
        where="$STOPGAP_PASSPHRASE is not set",
        fix="give --passphrase-file FILE, or set STOPGAP_PASSPHRASE",
    )


def _from_file(file: Path) -> str:
    content = read_small(file, "passphrase file")
    fix = f"give a file with the passphrase in its one line, in UTF-8 ({file.name} may be another file)"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the passphrase file is not in UTF-8", where=str(file), fix=fix) from error
    text = text.removesuffix("\n").removesuffix("\r")
    if any(end in text for end in "\r\n\0"):
        raise InputError("the passphrase file has several lines", where=str(file), fix=fix)
    return text


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RefusedError(
            f"the key cannot be kept: {error.strerror or error}",
            where=str(path),
            fix="set STOPGAP_HOME to a folder that you may write, or free space on the disk",
        ) from error


def _secret(passphrase: str) -> bytes:
    # Keyboards of different systems compose the same accented letter differently.
    return unicodedata.normalize("NFC", passphrase).encode("utf-8")


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x81, size])  # all that is built here is below 256 bytes
    return bytes([tag]) + length + content


def _unsigned(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
