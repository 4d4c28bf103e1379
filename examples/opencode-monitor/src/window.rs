//! [`App`] and [`DashboardWindow`]: the dashboard on a desktop. The toolkit insists on the process's main thread and on
//! one event loop a process, as all of them do.

use std::cell::RefCell;
use std::env;
use std::time::{Duration, Instant};

use winit::application::ApplicationHandler;
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::platform::pump_events::EventLoopExtPumpEvents;
use winit::window::{Window, WindowAttributes, WindowId};

use crate::client::SessionApi;
use crate::dashboard::Dashboard;
use crate::{Error, Result};

/// How long the desktop may take to show a window.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);

/// The connection to the desktop: one a process, on its main thread.
pub struct App(RefCell<EventLoop<()>>);

impl App {
    /// Connects; fails without a display, and the second time.
    ///
    /// # Panics
    ///
    /// On any other thread than the process's main thread.
    pub fn new() -> Result<Self> {
        if env::var_os("DISPLAY").is_none() {
            let reason = "there is no display: set DISPLAY, or run this under `xvfb-run`";
            return Err(Error::Window(reason.into()));
        }
        EventLoop::new()
            .map(|events| Self(RefCell::new(events)))
            .map_err(window_error)
    }

    /// Opens a window, and returns when the desktop has shown it.
    pub fn open<A: SessionApi>(&self, dashboard: Dashboard<A>) -> Result<DashboardWindow<A>> {
        let attributes = Window::default_attributes().with_title(title(&dashboard));
        let mut opening = Opening {
            attributes: Some(attributes),
            window: None,
            shown: false,
        };
        let deadline = Instant::now() + SHOWN_WITHIN;
        while !opening.shown {
            let wait = deadline.saturating_duration_since(Instant::now());
            if wait.is_zero() {
                return Err(Error::Window(format!("no window was shown within {SHOWN_WITHIN:?}")));
            }
            self.0.borrow_mut().pump_app_events(Some(wait), &mut opening);
            if let Some(Err(error)) = opening.window {
                return Err(error);
            }
        }
        match opening.window {
            Some(window) => Ok(DashboardWindow {
                window: window?,
                title: title(&dashboard),
                dashboard,
            }),
            None => Err(Error::Window("the desktop shows a window that isn't there".into())),
        }
    }
}

/// A dashboard in a window, which closes when this is dropped.
pub struct DashboardWindow<A> {
    window: Window,
    /// The toolkit doesn't tell.
    title: String,
    dashboard: Dashboard<A>,
}

impl<A: SessionApi> DashboardWindow<A> {
    /// What stands in the title bar.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.window.inner_size().into()
    }

    /// Asks the API again, and shows the answer.
    pub fn refresh(&mut self) {
        self.dashboard.refresh();
        self.title = title(&self.dashboard);
        self.window.set_title(&self.title);
        self.window.request_redraw();
    }
}

fn title<A>(dashboard: &Dashboard<A>) -> String {
    format!(
        "opencode monitor: {}",
        dashboard.to_string().lines().next().unwrap_or_default()
    )
}

/// A window on its way to the screen.
struct Opening {
    attributes: Option<WindowAttributes>,
    window: Option<Result<Window>>,
    shown: bool,
}

impl ApplicationHandler for Opening {
    fn resumed(&mut self, _: &ActiveEventLoop) {}

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        if let Some(attributes) = self.attributes.take() {
            self.window = Some(events.create_window(attributes).map_err(window_error));
        }
    }

    fn window_event(&mut self, _: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        // An earlier window may still have something to say.
        let ours = matches!(&self.window, Some(Ok(window)) if window.id() == id);
        self.shown |= ours && event == WindowEvent::RedrawRequested;
    }
}

fn window_error(error: impl std::error::Error) -> Error {
    Error::Window(error.to_string())
}
