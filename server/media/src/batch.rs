//! Many datagrams in one system call: `recvmmsg` and `sendmmsg`, the only unsafe code of the room.
//!
//! A relay spends most of its time in the kernel; one call for a whole burst is what makes it cheap.

use std::io;
use std::mem::{MaybeUninit, size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;

use crate::outbox::{Path, Slot};

/// Datagrams of one call.
pub(crate) const BATCH: usize = 64;
/// Longest datagram taken; what is longer is cut and then fails to authenticate.
const DATAGRAM: usize = 2048;
/// Room for one packet-info message of either family.
const CONTROL: usize = 64;

/// Buffers for one batch of arriving datagrams.
pub(crate) struct Reader {
    buffers: Box<[[u8; DATAGRAM]; BATCH]>,
    names: Box<[MaybeUninit<libc::sockaddr_storage>; BATCH]>,
    controls: Box<[Control; BATCH]>,
    lengths: [usize; BATCH],
    paths: [Option<Path>; BATCH],
}

/// `cmsghdr` wants the alignment of a machine word.
#[repr(align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL]);

impl Reader {
    pub(crate) fn new() -> Reader {
        Reader {
            buffers: vec![[0; DATAGRAM]; BATCH].into_boxed_slice().try_into().expect("BATCH buffers were made"),
            names: Box::new([MaybeUninit::uninit(); BATCH]),
            controls: Box::new([Control([0; CONTROL]); BATCH]),
            lengths: [0; BATCH],
            paths: [None; BATCH],
        }
    }

    /// Takes what waits, at most [`BATCH`] datagrams, and says how many.
    pub(crate) fn read(&mut self, socket: &impl AsRawFd) -> io::Result<usize> {
        // SAFETY: all-zero bytes are a valid value of these plain C structs.
        let (mut parts, mut headers): ([libc::iovec; BATCH], [libc::mmsghdr; BATCH]) = unsafe { (zeroed(), zeroed()) };
        for index in 0..BATCH {
            parts[index] = libc::iovec {
                iov_base: self.buffers[index].as_mut_ptr().cast(),
                iov_len: DATAGRAM,
            };
            let header = &mut headers[index].msg_hdr;
            header.msg_name = self.names[index].as_mut_ptr().cast();
            header.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_iov = &raw mut parts[index];
            header.msg_iovlen = 1;
            header.msg_control = self.controls[index].0.as_mut_ptr().cast();
            header.msg_controllen = CONTROL;
        }
        // SAFETY: every pointer in `headers` is to memory of `self` or of this frame that outlives the call,
        // with the length given beside it.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (index, header) in headers.iter().enumerate().take(count) {
            self.lengths[index] = (header.msg_len as usize).min(DATAGRAM);
            // SAFETY: the kernel has filled `msg_namelen` bytes of the name and `msg_controllen` of the control buffer.
            self.paths[index] = unsafe {
                read_name(&header.msg_hdr).map(|page| Path::Udp {
                    page,
                    ours: read_our_address(&header.msg_hdr),
                })
            };
        }
        Ok(count)
    }

    /// One of the datagrams read last.
    pub(crate) fn datagram(&mut self, index: usize) -> Option<(Path, &mut [u8])> {
        Some((self.paths[index]?, &mut self.buffers[index][..self.lengths[index]]))
    }
}

/// Sends the UDP packets of `slots` and returns how many the kernel did not take.
/// A full socket buffer is a loss like any other on the way; it is never waited for.
pub(crate) fn send(socket: &impl AsRawFd, slots: &[Slot]) -> u64 {
    let mut lost = 0;
    for chunk in slots.chunks(BATCH) {
        lost += send_chunk(socket, chunk);
    }
    lost
}

fn send_chunk(socket: &impl AsRawFd, slots: &[Slot]) -> u64 {
    // SAFETY: all-zero bytes are a valid value of these plain C structs.
    let (mut parts, mut names, mut headers): ([libc::iovec; BATCH], [libc::sockaddr_storage; BATCH], [libc::mmsghdr; BATCH]) =
        unsafe { (zeroed(), zeroed(), zeroed()) };
    let mut controls = [Control([0; CONTROL]); BATCH];
    let mut count = 0;
    for slot in slots {
        let Path::Udp { page, ours } = slot.path else { continue };
        let packet = slot.packet();
        parts[count] = libc::iovec {
            iov_base: packet.as_ptr().cast_mut().cast(),
            iov_len: packet.len(),
        };
        let header = &mut headers[count].msg_hdr;
        header.msg_name = (&raw mut names[count]).cast();
        header.msg_namelen = write_name(&mut names[count], page);
        header.msg_iov = &raw mut parts[count];
        header.msg_iovlen = 1;
        if let Some(ours) = ours {
            header.msg_control = controls[count].0.as_mut_ptr().cast();
            header.msg_controllen = CONTROL;
            // SAFETY: the control buffer is zeroed, aligned and longer than either message.
            header.msg_controllen = unsafe { write_our_address(header, ours) };
        }
        count += 1;
    }
    let (mut sent, mut lost) = (0, 0);
    while sent < count {
        // SAFETY: the first `count` headers point to live packets, names and control buffers of the lengths given.
        let taken = unsafe {
            libc::sendmmsg(
                socket.as_raw_fd(),
                headers[sent..].as_mut_ptr(),
                (count - sent) as libc::c_uint,
                libc::MSG_DONTWAIT,
            )
        };
        match usize::try_from(taken) {
            Ok(taken) if taken > 0 => sent += taken,
            // The first one failed (an unreachable address, a full buffer): the others still have their chance.
            Ok(_) | Err(_) => {
                sent += 1;
                lost += 1;
            }
        }
    }
    lost
}

/// # Safety
/// `msg_name` points to `msg_namelen` bytes written by the kernel.
unsafe fn read_name(header: &libc::msghdr) -> Option<SocketAddr> {
    // SAFETY: the buffer is a `sockaddr_storage`, large and aligned enough for each family's struct.
    unsafe {
        match i32::from((*header.msg_name.cast::<libc::sockaddr>()).sa_family) {
            libc::AF_INET if header.msg_namelen as usize >= size_of::<libc::sockaddr_in>() => {
                let name = &*header.msg_name.cast::<libc::sockaddr_in>();
                Some(SocketAddrV4::new(Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr)), u16::from_be(name.sin_port)).into())
            }
            libc::AF_INET6 if header.msg_namelen as usize >= size_of::<libc::sockaddr_in6>() => {
                let name = &*header.msg_name.cast::<libc::sockaddr_in6>();
                Some(
                    SocketAddrV6::new(
                        Ipv6Addr::from(name.sin6_addr.s6_addr),
                        u16::from_be(name.sin6_port),
                        0,
                        name.sin6_scope_id,
                    )
                    .into(),
                )
            }
            _ => None,
        }
    }
}

fn write_name(name: &mut libc::sockaddr_storage, address: SocketAddr) -> libc::socklen_t {
    let pointer: *mut libc::sockaddr_storage = name;
    match address {
        SocketAddr::V4(address) => {
            // SAFETY: `sockaddr_storage` is large and aligned enough for `sockaddr_in`.
            let name = unsafe { &mut *pointer.cast::<libc::sockaddr_in>() };
            name.sin_family = libc::AF_INET as libc::sa_family_t;
            name.sin_port = address.port().to_be();
            name.sin_addr.s_addr = u32::from(*address.ip()).to_be();
            size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        SocketAddr::V6(address) => {
            // SAFETY: `sockaddr_storage` is large and aligned enough for `sockaddr_in6`.
            let name = unsafe { &mut *pointer.cast::<libc::sockaddr_in6>() };
            name.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            name.sin6_port = address.port().to_be();
            name.sin6_addr.s6_addr = address.ip().octets();
            name.sin6_scope_id = address.scope_id();
            size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
}

/// The address a datagram was sent to, so that the answer leaves from there (`IP_PKTINFO`, `IPV6_PKTINFO`).
///
/// # Safety
/// `msg_control` points to `msg_controllen` bytes written by the kernel.
unsafe fn read_our_address(header: &libc::msghdr) -> Option<IpAddr> {
    // SAFETY: the CMSG functions walk within `msg_controllen`; the data of each message is read unaligned.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while !message.is_null() {
            let data = libc::CMSG_DATA(message);
            match ((*message).cmsg_level, (*message).cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info = data.cast::<libc::in_pktinfo>().read_unaligned();
                    return Some(Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr)).into());
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = data.cast::<libc::in6_pktinfo>().read_unaligned();
                    return Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).into());
                }
                _ => message = libc::CMSG_NXTHDR(header, message),
            }
        }
        None
    }
}

/// # Safety
/// `msg_control` points to a zeroed, aligned buffer of [`CONTROL`] bytes.
unsafe fn write_our_address(header: &libc::msghdr, ours: IpAddr) -> usize {
    // SAFETY: the first message and its data lie within the buffer; either struct is shorter than it.
    unsafe {
        let message = &mut *libc::CMSG_FIRSTHDR(header);
        let size = match ours {
            IpAddr::V4(ip) => {
                message.cmsg_level = libc::IPPROTO_IP;
                message.cmsg_type = libc::IP_PKTINFO;
                let mut info: libc::in_pktinfo = zeroed();
                info.ipi_spec_dst.s_addr = u32::from(ip).to_be();
                libc::CMSG_DATA(message).cast::<libc::in_pktinfo>().write_unaligned(info);
                size_of::<libc::in_pktinfo>()
            }
            IpAddr::V6(ip) => {
                message.cmsg_level = libc::IPPROTO_IPV6;
                message.cmsg_type = libc::IPV6_PKTINFO;
                let mut info: libc::in6_pktinfo = zeroed();
                info.ipi6_addr.s6_addr = ip.octets();
                libc::CMSG_DATA(message).cast::<libc::in6_pktinfo>().write_unaligned(info);
                size_of::<libc::in6_pktinfo>()
            }
        } as libc::c_uint;
        message.cmsg_len = libc::CMSG_LEN(size) as usize;
        libc::CMSG_SPACE(size) as usize
    }
}

/// Asks the kernel to say which of our addresses a datagram was sent to. Needed on a wildcard address only.
pub(crate) fn want_our_address(socket: &UdpSocket) -> io::Result<()> {
    let (level, option) = match socket.local_addr()? {
        SocketAddr::V4(_) => (libc::IPPROTO_IP, libc::IP_PKTINFO),
        SocketAddr::V6(_) => (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO),
    };
    let on: libc::c_int = 1;
    // SAFETY: the value is an int and its length is given.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const on).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Outbox;

    #[test]
    fn a_burst_arrives_whole_and_is_answered_from_the_address_it_was_sent_to() {
        let hall = UdpSocket::bind("0.0.0.0:0").unwrap();
        want_our_address(&hall).unwrap();
        let page = UdpSocket::bind("127.0.0.1:0").unwrap();
        page.connect(("127.0.0.2", hall.local_addr().unwrap().port())).unwrap();
        for number in 0..10u8 {
            page.send(&[number; 3]).unwrap();
        }
        let (mut reader, mut outbox, mut seen) = (Reader::new(), Outbox::default(), 0u8);
        while seen < 10 {
            let Ok(count) = reader.read(&hall) else { continue };
            for index in 0..count {
                let (path, datagram) = reader.datagram(index).unwrap();
                assert_eq!(datagram, [seen; 3]);
                outbox.push(path, |packet| {
                    packet[..3].copy_from_slice(datagram);
                    Some(3)
                });
                seen += 1;
            }
        }
        assert_eq!(send(&hall, outbox.packets()), 0);
        // A connected socket takes datagrams from 127.0.0.2 alone.
        for number in 0..10u8 {
            let mut back = [0; 8];
            assert_eq!(page.recv(&mut back).unwrap(), 3);
            assert_eq!(back[..3], [number; 3]);
        }
    }
}
