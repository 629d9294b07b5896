// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which prompt comes next.

/// How much a prompt matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Waits until the prompt that speaks has ended.
    Normal,
    /// Cuts off a normal prompt, such as a countdown does.
    Urgent,
}

/// Waiting prompts: at most one of each priority. A newer one takes the place of the waiting one of its
/// priority, since what a screen said two taps ago helps nobody; so the queue cannot grow.
#[derive(Debug)]
pub struct PromptQueue<T> {
    normal: Option<T>,
    urgent: Option<T>,
}

impl<T> Default for PromptQueue<T> {
    fn default() -> Self {
        Self { normal: None, urgent: None }
    }
}

impl<T> PromptQueue<T> {
    /// Puts `prompt` in and gives back the one it replaced.
    pub fn push(&mut self, priority: Priority, prompt: T) -> Option<T> {
        match priority {
            Priority::Normal => self.normal.replace(prompt),
            Priority::Urgent => self.urgent.replace(prompt),
        }
    }

    /// Takes out what comes next: urgent before normal.
    pub fn pop(&mut self) -> Option<(Priority, T)> {
        if let Some(prompt) = self.urgent.take() {
            return Some((Priority::Urgent, prompt));
        }
        self.normal.take().map(|prompt| (Priority::Normal, prompt))
    }

    /// Whether a waiting prompt cuts off one of `speaking` priority.
    #[must_use]
    pub fn pre_empts(&self, speaking: Priority) -> bool {
        speaking == Priority::Normal && self.urgent.is_some()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.normal.is_none() && self.urgent.is_none()
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.normal = None;
        self.urgent = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{Priority, PromptQueue};

    #[test]
    fn urgent_comes_first_and_newer_replaces_older() {
        let mut queue = PromptQueue::default();
        assert_eq!(queue.push(Priority::Normal, "old"), None);
        assert!(!queue.pre_empts(Priority::Normal));
        assert_eq!(queue.push(Priority::Normal, "new"), Some("old"));
        assert_eq!(queue.push(Priority::Urgent, "countdown"), None);
        assert!(queue.pre_empts(Priority::Normal));
        assert!(!queue.pre_empts(Priority::Urgent));
        assert_eq!(queue.pop(), Some((Priority::Urgent, "countdown")));
        assert_eq!(queue.pop(), Some((Priority::Normal, "new")));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn clear_forgets_all() {
        let mut queue = PromptQueue::default();
        queue.push(Priority::Normal, 1);
        queue.push(Priority::Urgent, 2);
        queue.clear();
        assert!(queue.is_empty());
    }
}
